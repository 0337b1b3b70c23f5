	.amdgcn_target "amdgpu9.50-amd-amdhsa-unknown-gfx950"
	.amdhsa_code_object_version 5
ordered:
	s_load_dwordx2 s[2:3], s[0:1], 0x0
	s_load_dwordx8 s[4:11], s[0:1], 0x8
	s_waitcnt lgkmcnt(0)
	s_branch .LBB0_0
.LBB0_0:
	v_readfirstlane_b32 s33, v0
	v_and_b32_e32 v1, 63, v0
	s_and_b32 s34, s33, 0xc0
	v_mov_b32_e32 v2, 0x7f
	v_bitop3_b32 v2, s34, v2, v1 bitop3:0xc8
	v_lshl_or_b32 v2, s12, 7, v2
	s_mov_b64 s[44:45], s[2:3]
	v_lshlrev_b32_e32 v3, 2, v2
	v_bfrev_b32_e32 v4, 1
	v_cmp_gt_i32_e32 vcc, s6, v2
	s_and_b32 s45, s45, 0xffff
	s_mov_b32 s47, 0x27000
	s_mov_b32 s46, 0x7ffffffe
	v_cndmask_b32_e32 v2, v4, v3, vcc
	buffer_load_dword v3, v2, s[44:47], 0 offen
	v_bfrev_b32_e32 v5, -2
	v_bfe_u32 v15, v0, 1, 1
	v_and_b32_e32 v16, 1, v0
	v_cmp_ne_u32_e64 s[0:1], v15, v16
	v_bfe_u32 v7, v0, 2, 1
	v_cmp_ne_u32_e64 s[2:3], v7, v15
	v_cmp_ne_u32_e64 s[6:7], v7, v16
	v_bfe_u32 v9, v0, 3, 1
	v_cmp_ne_u32_e64 s[8:9], v9, v7
	v_cmp_ne_u32_e64 s[10:11], v9, v15
	v_cmp_ne_u32_e64 s[12:13], v9, v16
	v_bfe_u32 v11, v0, 4, 1
	v_cmp_ne_u32_e64 s[14:15], v11, v9
	v_cmp_ne_u32_e64 s[16:17], v11, v7
	v_cmp_ne_u32_e64 s[18:19], v11, v15
	v_cmp_ne_u32_e64 s[20:21], v11, v16
	v_bfe_u32 v13, v0, 5, 1
	s_bfe_u32 s44, s33, 0x10006
	v_cmp_ne_u32_e64 s[26:27], v13, v7
	v_cmp_ne_u32_e64 s[40:41], s44, v7
	v_cmp_ne_u32_e64 s[22:23], v13, v11
	v_cmp_ne_u32_e64 s[24:25], v13, v9
	v_cmp_ne_u32_e64 s[28:29], v13, v15
	v_cmp_ne_u32_e64 s[30:31], v13, v16
	v_or_b32_e32 v22, s34, v1
	v_cmp_ne_u32_e64 s[34:35], s44, v13
	v_cmp_ne_u32_e64 s[36:37], s44, v11
	v_cmp_ne_u32_e64 s[38:39], s44, v9
	v_cmp_ne_u32_e64 s[42:43], s44, v15
	v_and_b32_e32 v10, 16, v0
	v_and_b32_e32 v6, 4, v0
	v_and_b32_e32 v8, 8, v0
	s_bfe_i32 s48, s33, 0x10006
	v_lshlrev_b32_e32 v17, 7, v16
	v_lshrrev_b32_e32 v20, 1, v10
	v_cmp_ne_u32_e64 s[44:45], s44, v16
	v_and_b32_e32 v12, 32, v0
	v_and_b32_e32 v14, 2, v0
	v_lshlrev_b32_e32 v18, 3, v6
	v_lshlrev_b32_e32 v19, 1, v8
	v_add_u32_e32 v9, 0, v20
	v_lshrrev_b32_e32 v21, 3, v12
	v_bfe_i32 v0, v0, 0, 1
	v_and_b32_e32 v0, 0x180, v0
	s_waitcnt vmcnt(0)
	v_cndmask_b32_e32 v3, v5, v3, vcc
	s_nop 1
	v_mov_b32_dpp v5, v3 quad_perm:[1,0,3,2] row_mask:0xf bank_mask:0xf bound_ctrl:1
	v_cmp_gt_i32_e32 vcc, v3, v5
	s_xor_b64 vcc, s[0:1], vcc
	s_nop 0
	v_cndmask_b32_e32 v3, v3, v5, vcc
	s_nop 1
	v_mov_b32_dpp v5, v3 quad_perm:[2,3,0,1] row_mask:0xf bank_mask:0xf bound_ctrl:1
	v_cmp_gt_i32_e32 vcc, v3, v5
	s_xor_b64 vcc, s[2:3], vcc
	s_nop 0
	v_cndmask_b32_e32 v3, v3, v5, vcc
	s_nop 1
	v_mov_b32_dpp v5, v3 quad_perm:[1,0,3,2] row_mask:0xf bank_mask:0xf bound_ctrl:1
	v_cmp_gt_i32_e32 vcc, v3, v5
	s_xor_b64 vcc, s[6:7], vcc
	s_mov_b32 s6, s46
	v_cndmask_b32_e32 v3, v3, v5, vcc
	s_mov_b32 s7, s47
	s_nop 0
	v_mov_b32_dpp v5, v3 row_half_mirror row_mask:0xf bank_mask:0xf bound_ctrl:1
	s_nop 1
	v_mov_b32_dpp v5, v5 quad_perm:[3,2,1,0] row_mask:0xf bank_mask:0xf bound_ctrl:1
	v_cmp_gt_i32_e32 vcc, v3, v5
	s_xor_b64 vcc, s[8:9], vcc
	s_nop 0
	v_cndmask_b32_e32 v3, v3, v5, vcc
	s_nop 1
	v_mov_b32_dpp v5, v3 quad_perm:[2,3,0,1] row_mask:0xf bank_mask:0xf bound_ctrl:1
	v_cmp_gt_i32_e32 vcc, v3, v5
	s_xor_b64 vcc, s[10:11], vcc
	s_nop 0
	v_cndmask_b32_e32 v3, v3, v5, vcc
	s_nop 1
	v_mov_b32_dpp v5, v3 quad_perm:[1,0,3,2] row_mask:0xf bank_mask:0xf bound_ctrl:1
	v_cmp_gt_i32_e32 vcc, v3, v5
	s_xor_b64 vcc, s[12:13], vcc
	s_nop 0
	v_cndmask_b32_e32 v3, v3, v5, vcc
	s_nop 1
	v_mov_b32_dpp v5, v3 row_ror:8 row_mask:0xf bank_mask:0xf bound_ctrl:1
	v_cmp_gt_i32_e32 vcc, v3, v5
	s_xor_b64 vcc, s[14:15], vcc
	s_nop 0
	v_cndmask_b32_e32 v3, v3, v5, vcc
	s_nop 1
	v_mov_b32_dpp v5, v3 row_half_mirror row_mask:0xf bank_mask:0xf bound_ctrl:1
	s_nop 1
	v_mov_b32_dpp v5, v5 quad_perm:[3,2,1,0] row_mask:0xf bank_mask:0xf bound_ctrl:1
	v_cmp_gt_i32_e32 vcc, v3, v5
	s_xor_b64 vcc, s[16:17], vcc
	s_nop 0
	v_cndmask_b32_e32 v3, v3, v5, vcc
	s_nop 1
	v_mov_b32_dpp v5, v3 quad_perm:[2,3,0,1] row_mask:0xf bank_mask:0xf bound_ctrl:1
	v_cmp_gt_i32_e32 vcc, v3, v5
	s_xor_b64 vcc, s[18:19], vcc
	s_nop 0
	v_cndmask_b32_e32 v3, v3, v5, vcc
	s_nop 1
	v_mov_b32_dpp v5, v3 quad_perm:[1,0,3,2] row_mask:0xf bank_mask:0xf bound_ctrl:1
	v_cmp_gt_i32_e32 vcc, v3, v5
	s_xor_b64 vcc, s[20:21], vcc
	s_nop 0
	v_cndmask_b32_e32 v3, v3, v5, vcc
	v_mov_b32_e32 v5, v3
	v_mov_b32_e32 v7, v3
	s_nop 1
	v_permlane16_swap_b32_e32 v5, v7
	v_cmp_eq_u32_e32 vcc, v5, v3
	s_nop 1
	v_cndmask_b32_e32 v5, v5, v7, vcc
	v_cmp_gt_i32_e32 vcc, v3, v5
	s_xor_b64 vcc, s[22:23], vcc
	s_nop 0
	v_cndmask_b32_e32 v3, v3, v5, vcc
	s_nop 1
	v_mov_b32_dpp v5, v3 row_ror:8 row_mask:0xf bank_mask:0xf bound_ctrl:1
	v_cmp_gt_i32_e32 vcc, v3, v5
	s_xor_b64 vcc, s[24:25], vcc
	s_nop 0
	v_cndmask_b32_e32 v3, v3, v5, vcc
	s_nop 1
	v_mov_b32_dpp v5, v3 row_half_mirror row_mask:0xf bank_mask:0xf bound_ctrl:1
	s_nop 1
	v_mov_b32_dpp v5, v5 quad_perm:[3,2,1,0] row_mask:0xf bank_mask:0xf bound_ctrl:1
	v_cmp_gt_i32_e32 vcc, v3, v5
	s_xor_b64 vcc, s[26:27], vcc
	s_nop 0
	v_cndmask_b32_e32 v3, v3, v5, vcc
	s_nop 1
	v_mov_b32_dpp v5, v3 quad_perm:[2,3,0,1] row_mask:0xf bank_mask:0xf bound_ctrl:1
	v_cmp_gt_i32_e32 vcc, v3, v5
	s_xor_b64 vcc, s[28:29], vcc
	s_nop 0
	v_cndmask_b32_e32 v3, v3, v5, vcc
	s_nop 1
	v_mov_b32_dpp v5, v3 quad_perm:[1,0,3,2] row_mask:0xf bank_mask:0xf bound_ctrl:1
	v_cmp_gt_i32_e32 vcc, v3, v5
	s_xor_b64 vcc, s[30:31], vcc
	s_nop 0
	v_cndmask_b32_e32 v3, v3, v5, vcc
	v_mov_b32_e32 v5, v3
	v_mov_b32_e32 v7, v3
	s_nop 1
	v_permlane32_swap_b32_e32 v5, v7
	v_xor_b32_e32 v5, v5, v7
	v_xor_b32_e32 v5, v5, v3
	v_cmp_gt_i32_e32 vcc, v3, v5
	s_xor_b64 vcc, s[34:35], vcc
	s_nop 0
	v_cndmask_b32_e32 v3, v3, v5, vcc
	v_mov_b32_e32 v5, v3
	v_mov_b32_e32 v7, v3
	s_nop 1
	v_permlane16_swap_b32_e32 v5, v7
	v_cmp_eq_u32_e32 vcc, v5, v3
	s_nop 1
	v_cndmask_b32_e32 v5, v5, v7, vcc
	v_cmp_gt_i32_e32 vcc, v3, v5
	s_xor_b64 vcc, s[36:37], vcc
	v_mov_b32_e32 v7, 0x180
	v_cndmask_b32_e32 v3, v3, v5, vcc
	v_bitop3_b32 v7, s48, v17, v7 bitop3:0x6c
	v_add3_u32 v7, v9, v7, v19
	v_mov_b32_dpp v5, v3 row_ror:8 row_mask:0xf bank_mask:0xf bound_ctrl:1
	v_cmp_gt_i32_e32 vcc, v3, v5
	s_xor_b64 vcc, s[38:39], vcc
	s_nop 0
	v_cndmask_b32_e32 v3, v3, v5, vcc
	s_nop 1
	v_mov_b32_dpp v5, v3 row_half_mirror row_mask:0xf bank_mask:0xf bound_ctrl:1
	s_nop 1
	v_mov_b32_dpp v5, v5 quad_perm:[3,2,1,0] row_mask:0xf bank_mask:0xf bound_ctrl:1
	v_cmp_gt_i32_e32 vcc, v3, v5
	s_xor_b64 vcc, s[40:41], vcc
	s_nop 0
	v_cndmask_b32_e32 v3, v3, v5, vcc
	s_nop 1
	v_mov_b32_dpp v5, v3 quad_perm:[2,3,0,1] row_mask:0xf bank_mask:0xf bound_ctrl:1
	v_cmp_gt_i32_e32 vcc, v3, v5
	s_xor_b64 vcc, s[42:43], vcc
	s_nop 0
	v_cndmask_b32_e32 v3, v3, v5, vcc
	s_nop 1
	v_mov_b32_dpp v5, v3 quad_perm:[1,0,3,2] row_mask:0xf bank_mask:0xf bound_ctrl:1
	v_cmp_gt_i32_e32 vcc, v3, v5
	s_xor_b64 vcc, s[44:45], vcc
	s_bitcmp1_b32 s33, 6
	v_cndmask_b32_e32 v3, v3, v5, vcc
	v_lshl_or_b32 v5, v14, 5, v18
	v_add3_u32 v7, v7, v5, v21
	ds_write_b32 v7, v3
	v_lshlrev_b32_e32 v7, 1, v22
	v_and_b32_e32 v7, 0x90, v7
	v_add3_u32 v5, v9, v5, v21
	v_xad_u32 v0, v7, v0, v5
	s_waitcnt lgkmcnt(0)
	s_barrier
	ds_read_b32 v0, v0
	v_add_u32_e32 v5, v5, v7
	s_waitcnt lgkmcnt(0)
	s_barrier
	v_xor_b32_dpp v0, v0, v0 quad_perm:[1,0,3,2] row_mask:0xf bank_mask:0xf bound_ctrl:1
	ds_write_b32 v5, v0
	v_bfrev_b32_e32 v0, v1
	v_mov_b32_e32 v1, 0
	v_add_u32_sdwa v0, v1, v0 dst_sel:DWORD dst_unused:UNUSED_PAD src0_sel:DWORD src1_sel:BYTE_3
	s_waitcnt lgkmcnt(0)
	s_barrier
	ds_read_b32 v0, v0
	s_cselect_b64 s[0:1], -1, 0
	s_and_b32 s5, s5, 0xffff
	s_waitcnt lgkmcnt(0)
	v_xor_b32_e32 v0, v3, v0
	v_cmp_gt_i32_e32 vcc, v3, v0
	s_xor_b64 vcc, s[0:1], vcc
	v_cmp_ne_u32_e64 s[0:1], 0, v12
	v_cndmask_b32_e32 v0, v3, v0, vcc
	v_mov_b32_e32 v1, v0
	v_mov_b32_e32 v3, v0
	s_nop 1
	v_permlane32_swap_b32_e32 v1, v3
	v_xor_b32_e32 v1, v1, v3
	v_xor_b32_e32 v1, v1, v0
	v_cmp_gt_i32_e32 vcc, v0, v1
	s_xor_b64 vcc, s[0:1], vcc
	v_cmp_ne_u32_e64 s[0:1], 0, v10
	v_cndmask_b32_e32 v0, v0, v1, vcc
	v_mov_b32_e32 v1, v0
	v_mov_b32_e32 v3, v0
	s_nop 1
	v_permlane16_swap_b32_e32 v1, v3
	v_cmp_eq_u32_e32 vcc, v1, v0
	s_nop 1
	v_cndmask_b32_e32 v1, v1, v3, vcc
	v_cmp_gt_i32_e32 vcc, v0, v1
	s_xor_b64 vcc, s[0:1], vcc
	v_cmp_ne_u32_e64 s[0:1], 0, v8
	v_cndmask_b32_e32 v0, v0, v1, vcc
	s_nop 1
	v_mov_b32_dpp v1, v0 row_ror:8 row_mask:0xf bank_mask:0xf bound_ctrl:1
	v_cmp_gt_i32_e32 vcc, v0, v1
	s_xor_b64 vcc, s[0:1], vcc
	v_cmp_ne_u32_e64 s[0:1], 0, v6
	v_cndmask_b32_e32 v0, v0, v1, vcc
	s_nop 1
	v_mov_b32_dpp v1, v0 row_half_mirror row_mask:0xf bank_mask:0xf bound_ctrl:1
	s_nop 1
	v_mov_b32_dpp v1, v1 quad_perm:[3,2,1,0] row_mask:0xf bank_mask:0xf bound_ctrl:1
	v_cmp_gt_i32_e32 vcc, v0, v1
	s_xor_b64 vcc, s[0:1], vcc
	v_cmp_ne_u32_e64 s[0:1], 0, v14
	v_cndmask_b32_e32 v0, v0, v1, vcc
	s_nop 1
	v_mov_b32_dpp v1, v0 quad_perm:[2,3,0,1] row_mask:0xf bank_mask:0xf bound_ctrl:1
	v_cmp_gt_i32_e32 vcc, v0, v1
	s_xor_b64 vcc, s[0:1], vcc
	v_cmp_eq_u32_e64 s[0:1], 1, v16
	v_cndmask_b32_e32 v0, v0, v1, vcc
	s_nop 1
	v_mov_b32_dpp v1, v0 quad_perm:[1,0,3,2] row_mask:0xf bank_mask:0xf bound_ctrl:1
	v_cmp_gt_i32_e32 vcc, v0, v1
	s_xor_b64 vcc, vcc, s[0:1]
	s_bitcmp0_b32 s33, 7
	v_cndmask_b32_e32 v0, v0, v1, vcc
	s_cselect_b64 vcc, -1, 0
	v_cndmask_b32_e32 v1, v4, v2, vcc
	buffer_store_dword v0, v1, s[4:7], 0 offen
	s_endpgm
.Lfunc_end0:
	.amdhsa_kernel ordered
		.amdhsa_group_segment_fixed_size 0
		.amdhsa_private_segment_fixed_size 0
		.amdhsa_kernarg_size 40
		.amdhsa_user_sgpr_count 12
		.amdhsa_user_sgpr_dispatch_ptr 0
		.amdhsa_user_sgpr_queue_ptr 0
		.amdhsa_user_sgpr_kernarg_segment_ptr 1
		.amdhsa_user_sgpr_dispatch_id 0
		.amdhsa_user_sgpr_kernarg_preload_length 10
		.amdhsa_user_sgpr_kernarg_preload_offset 0
		.amdhsa_user_sgpr_private_segment_size 0
		.amdhsa_uses_dynamic_stack 0
		.amdhsa_enable_private_segment 0
		.amdhsa_system_sgpr_workgroup_id_x 1
		.amdhsa_system_sgpr_workgroup_id_y 0
		.amdhsa_system_sgpr_workgroup_id_z 0
		.amdhsa_system_sgpr_workgroup_info 0
		.amdhsa_system_vgpr_workitem_id 0
		.amdhsa_next_free_vgpr 23
		.amdhsa_next_free_sgpr 49
		.amdhsa_accum_offset 24
		.amdhsa_reserve_vcc 1
		.amdhsa_reserve_xnack_mask 1
		.amdhsa_float_round_mode_32 0
		.amdhsa_float_round_mode_16_64 0
		.amdhsa_float_denorm_mode_32 3
		.amdhsa_float_denorm_mode_16_64 3
		.amdhsa_dx10_clamp 1
		.amdhsa_ieee_mode 1
		.amdhsa_fp16_overflow 0
		.amdhsa_tg_split 0
		.amdhsa_exception_fp_ieee_invalid_op 0
		.amdhsa_exception_fp_denorm_src 0
		.amdhsa_exception_fp_ieee_div_zero 0
		.amdhsa_exception_fp_ieee_overflow 0
		.amdhsa_exception_fp_ieee_underflow 0
		.amdhsa_exception_fp_ieee_inexact 0
		.amdhsa_exception_int_div_zero 0
	.end_amdhsa_kernel
.Lcu_begin0:
	.amdgpu_metadata
---
amdhsa.kernels:
  - .agpr_count:     0
    .args:
      - .address_space:  global
        .offset:         0
        .size:           8
        .value_kind:     global_buffer
      - .address_space:  global
        .offset:         8
        .size:           8
        .value_kind:     global_buffer
      - .offset:         16
        .size:           4
        .value_kind:     by_value
      - .address_space:  global
        .offset:         24
        .size:           8
        .value_kind:     global_buffer
      - .address_space:  global
        .offset:         32
        .size:           8
        .value_kind:     global_buffer
    .group_segment_fixed_size: 0
    .kernarg_segment_align: 8
    .kernarg_segment_size: 40
    .max_flat_workgroup_size: 256
    .name:           ordered
    .private_segment_fixed_size: 0
    .sgpr_count:     55
    .sgpr_spill_count: 0
    .symbol:         ordered.kd
    .uniform_work_group_size: 1
    .uses_dynamic_stack: false
    .vgpr_count:     23
    .vgpr_spill_count: 0
    .wavefront_size: 64
amdhsa.target:   amdgpu9.50-amd-amdhsa-unknown-gfx950
amdhsa.version:
  - 1
  - 2
...

	.end_amdgpu_metadata
