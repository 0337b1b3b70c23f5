	.amdgcn_target "amdgpu9.50-amd-amdhsa-unknown-gfx950"
	.amdhsa_code_object_version 5
reductions:
	s_load_dwordx2 s[2:3], s[0:1], 0x0
	s_load_dwordx8 s[4:11], s[0:1], 0x8
	s_load_dwordx4 s[12:15], s[0:1], 0x28
	s_waitcnt lgkmcnt(0)
	s_branch .LBB0_0
.LBB0_0:
	v_readfirstlane_b32 s14, v0
	v_and_b32_e32 v1, 63, v0
	s_and_b32 s15, s14, 0xc0
	v_or_b32_e32 v6, s15, v1
	s_mov_b64 s[24:25], s[6:7]
	s_lshl_b32 s6, s16, 3
	v_lshrrev_b32_e32 v2, 5, v6
	v_and_b32_e32 v7, 31, v0
	s_mov_b32 s0, s11
	s_mov_b32 s1, s10
	v_or_b32_e32 v2, s6, v2
	v_lshlrev_b32_e32 v8, 2, v7
	s_mov_b64 s[20:21], s[2:3]
	v_cmp_gt_i32_e32 vcc, s1, v2
	v_cmp_gt_i32_e64 s[2:3], s0, v8
	v_mul_lo_u32 v2, v2, s12
	v_add_lshl_u32 v2, v2, v8, 2
	v_bfrev_b32_e32 v9, 1
	s_and_b64 vcc, s[2:3], vcc
	s_and_b32 s21, s21, 0xffff
	s_mov_b32 s23, 0x27000
	s_mov_b32 s22, 0x7ffffffe
	v_cndmask_b32_e32 v2, v9, v2, vcc
	buffer_load_dwordx4 v[2:5], v2, s[20:23], 0 offen
	v_and_b32_e32 v11, 7, v0
	s_lshr_b32 s17, s14, 6
	v_or_b32_e32 v12, s6, v11
	v_and_or_b32 v13, v0, 56, s17
	v_mov_b32_e32 v10, 0xff800000
	v_cmp_gt_i32_e64 s[2:3], s1, v12
	v_lshrrev_b32_e32 v14, 3, v6
	v_cmp_eq_u32_e64 s[6:7], 0, v13
	v_lshlrev_b32_e32 v12, 2, v12
	v_and_b32_e32 v13, 28, v14
	s_and_b64 s[2:3], s[2:3], s[6:7]
	v_cndmask_b32_e64 v12, v9, v12, s[2:3]
	v_lshl_add_u32 v11, v11, 2, 0
	v_add_u32_e32 v13, 0, v13
	s_and_b32 s9, s9, 0xffff
	s_mov_b32 s10, s22
	s_mov_b32 s11, s23
	s_lshl_b32 s1, s17, 8
	v_lshlrev_b32_e32 v18, 6, v0
	v_and_b32_e32 v18, 0x400, v18
	s_and_b32 s25, s25, 0xffff
	s_mov_b32 s26, s22
	s_mov_b32 s27, s23
	s_waitcnt vmcnt(0)
	v_cndmask_b32_e32 v14, v10, v5, vcc
	v_cndmask_b32_e32 v15, v10, v4, vcc
	v_cndmask_b32_e32 v16, v10, v3, vcc
	v_cndmask_b32_e32 v10, v10, v2, vcc
	v_cmp_nge_f32_e64 s[2:3], v10, v16
	v_cmp_ge_f32_e64 s[6:7], v15, v14
	v_mov_b32_e32 v17, v14
	v_cndmask_b32_e64 v2, v10, v16, s[2:3]
	v_cndmask_b32_e64 v3, v14, v15, s[6:7]
	v_cndmask_b32_e64 v4, 0, 1, s[2:3]
	v_cmp_ge_f32_e64 s[2:3], v2, v3
	v_cndmask_b32_e64 v5, 3, 2, s[6:7]
	s_nop 0
	v_cndmask_b32_e64 v2, v3, v2, s[2:3]
	v_cndmask_b32_e64 v3, v5, v4, s[2:3]
	v_mov_b32_e32 v4, v2
	v_mov_b32_e32 v5, v2
	s_nop 1
	v_permlane16_swap_b32_e32 v4, v5
	v_or_b32_e32 v3, v3, v8
	v_cmp_eq_u32_e64 s[2:3], v4, v2
	v_mov_b32_e32 v8, v3
	s_nop 0
	v_cndmask_b32_e64 v4, v4, v5, s[2:3]
	v_mov_b32_e32 v5, v3
	s_nop 1
	v_permlane16_swap_b32_e32 v5, v8
	v_cmp_eq_u32_e64 s[12:13], v5, v3
	v_cmp_eq_f32_e64 s[2:3], v2, v4
	v_cmp_gt_f32_e64 s[6:7], v2, v4
	v_cndmask_b32_e64 v5, v5, v8, s[12:13]
	v_cmp_lt_i32_e64 s[12:13], v3, v5
	s_and_b64 s[2:3], s[12:13], s[2:3]
	s_or_b64 s[2:3], s[6:7], s[2:3]
	v_cndmask_b32_e64 v2, v4, v2, s[2:3]
	v_cndmask_b32_e64 v3, v5, v3, s[2:3]
	v_mov_b32_e32 v8, v15
	v_mov_b32_dpp v4, v2 row_ror:8 row_mask:0xf bank_mask:0xf bound_ctrl:1
	v_mov_b32_dpp v5, v3 row_ror:8 row_mask:0xf bank_mask:0xf bound_ctrl:1
	v_cmp_eq_f32_e64 s[2:3], v2, v4
	v_cmp_lt_i32_e64 s[12:13], v3, v5
	v_cmp_gt_f32_e64 s[6:7], v2, v4
	s_and_b64 s[2:3], s[2:3], s[12:13]
	s_or_b64 s[2:3], s[6:7], s[2:3]
	v_cndmask_b32_e64 v2, v4, v2, s[2:3]
	v_cndmask_b32_e64 v3, v5, v3, s[2:3]
	s_nop 0
	v_mov_b32_dpp v4, v2 row_half_mirror row_mask:0xf bank_mask:0xf bound_ctrl:1
	v_mov_b32_dpp v5, v3 row_half_mirror row_mask:0xf bank_mask:0xf bound_ctrl:1
	s_nop 0
	v_mov_b32_dpp v4, v4 quad_perm:[3,2,1,0] row_mask:0xf bank_mask:0xf bound_ctrl:1
	v_mov_b32_dpp v5, v5 quad_perm:[3,2,1,0] row_mask:0xf bank_mask:0xf bound_ctrl:1
	v_cmp_eq_f32_e64 s[2:3], v2, v4
	v_cmp_lt_i32_e64 s[12:13], v3, v5
	v_cmp_gt_f32_e64 s[6:7], v2, v4
	s_and_b64 s[2:3], s[2:3], s[12:13]
	s_or_b64 s[2:3], s[6:7], s[2:3]
	v_cndmask_b32_e64 v2, v4, v2, s[2:3]
	v_cndmask_b32_e64 v3, v5, v3, s[2:3]
	s_nop 0
	v_mov_b32_dpp v4, v2 quad_perm:[2,3,0,1] row_mask:0xf bank_mask:0xf bound_ctrl:1
	v_mov_b32_dpp v5, v3 quad_perm:[2,3,0,1] row_mask:0xf bank_mask:0xf bound_ctrl:1
	v_cmp_eq_f32_e64 s[2:3], v2, v4
	v_cmp_lt_i32_e64 s[12:13], v3, v5
	v_cmp_gt_f32_e64 s[6:7], v2, v4
	s_and_b64 s[2:3], s[2:3], s[12:13]
	s_or_b64 s[2:3], s[6:7], s[2:3]
	v_cndmask_b32_e64 v2, v4, v2, s[2:3]
	v_cndmask_b32_e64 v3, v5, v3, s[2:3]
	s_nop 0
	v_mov_b32_dpp v4, v2 quad_perm:[1,0,3,2] row_mask:0xf bank_mask:0xf bound_ctrl:1
	v_mov_b32_dpp v5, v3 quad_perm:[1,0,3,2] row_mask:0xf bank_mask:0xf bound_ctrl:1
	v_cmp_eq_f32_e64 s[2:3], v2, v4
	v_cmp_lt_i32_e64 s[12:13], v3, v5
	v_cmp_gt_f32_e64 s[6:7], v2, v4
	s_and_b64 s[2:3], s[2:3], s[12:13]
	s_or_b64 s[2:3], s[6:7], s[2:3]
	v_cndmask_b32_e64 v2, v5, v3, s[2:3]
	ds_write_b32 v13, v2
	s_waitcnt lgkmcnt(0)
	s_barrier
	ds_read_b32 v5, v11
	v_mov_b32_e32 v2, v10
	v_mov_b32_e32 v4, v10
	v_mov_b32_e32 v3, v16
	s_nop 0
	v_permlane32_swap_b32_e32 v2, v4
	s_waitcnt lgkmcnt(0)
	buffer_store_dword v5, v12, s[8:11], 0 offen
	v_mov_b32_e32 v5, v16
	s_nop 1
	v_permlane32_swap_b32_e32 v3, v5
	v_max_f32_e32 v4, v4, v4
	v_max_f32_e32 v2, v2, v2
	v_max_f32_e32 v5, v5, v5
	v_max_f32_e32 v3, v3, v3
	v_max_f32_e32 v2, v2, v4
	v_mov_b32_e32 v4, v15
	v_max_f32_e32 v3, v3, v5
	s_nop 0
	v_permlane32_swap_b32_e32 v4, v8
	v_mov_b32_e32 v5, v14
	s_nop 1
	v_permlane32_swap_b32_e32 v5, v17
	v_max_f32_e32 v8, v8, v8
	v_max_f32_e32 v4, v4, v4
	v_max_f32_e32 v17, v17, v17
	v_max_f32_e32 v5, v5, v5
	v_max_f32_e32 v4, v4, v8
	v_lshlrev_b32_e32 v8, 4, v0
	s_lshl_b32 s2, s17, 4
	v_max_f32_e32 v5, v5, v17
	v_and_b32_e32 v17, 0xf0, v8
	v_mov_b32_e32 v19, s2
	v_bitop3_b32 v17, s1, v19, v17 bitop3:0x36
	v_add3_u32 v17, 0, v18, v17
	s_barrier
	ds_write_b128 v17, v[2:5]
	v_lshlrev_b32_e32 v2, 8, v0
	v_and_b32_e32 v2, 0x300, v2
	v_mov_b32_e32 v3, 0xf0
	v_bitop3_b32 v3, s2, v8, v3 bitop3:0x78
	v_add_u32_e32 v2, 0, v2
	v_add3_u32 v2, v2, v3, v18
	s_waitcnt lgkmcnt(0)
	s_barrier
	ds_read_b128 v[2:5], v2
	v_mov_b32_e32 v8, 0x7f
	v_bitop3_b32 v1, s15, v8, v1 bitop3:0xc8
	v_cmp_gt_i32_e64 s[2:3], s0, v1
	s_mul_i32 s6, s0, s16
	s_waitcnt lgkmcnt(0)
	v_mov_b32_dpp v8, v2 quad_perm:[2,3,0,1] row_mask:0xf bank_mask:0xf bound_ctrl:1
	v_mov_b32_dpp v17, v3 quad_perm:[2,3,0,1] row_mask:0xf bank_mask:0xf bound_ctrl:1
	v_max_f32_e32 v2, v2, v2
	v_max_f32_e32 v8, v8, v8
	v_max_f32_e32 v3, v3, v3
	v_max_f32_e32 v17, v17, v17
	v_max_f32_e32 v2, v2, v8
	v_max_f32_e32 v3, v3, v17
	s_bfe_i32 s0, s14, 0x10006
	v_mov_b32_dpp v8, v2 quad_perm:[1,0,3,2] row_mask:0xf bank_mask:0xf bound_ctrl:1
	v_mov_b32_dpp v17, v3 quad_perm:[1,0,3,2] row_mask:0xf bank_mask:0xf bound_ctrl:1
	v_max_f32_e32 v8, v8, v8
	v_max_f32_e32 v17, v17, v17
	v_max_f32_e32 v2, v2, v8
	v_mov_b32_dpp v8, v4 quad_perm:[2,3,0,1] row_mask:0xf bank_mask:0xf bound_ctrl:1
	v_max_f32_e32 v3, v3, v17
	v_mov_b32_dpp v17, v5 quad_perm:[2,3,0,1] row_mask:0xf bank_mask:0xf bound_ctrl:1
	v_max_f32_e32 v4, v4, v4
	v_max_f32_e32 v8, v8, v8
	v_max_f32_e32 v5, v5, v5
	v_max_f32_e32 v17, v17, v17
	v_max_f32_e32 v4, v4, v8
	v_max_f32_e32 v5, v5, v17
	s_lshr_b32 s1, s14, 3
	v_mov_b32_dpp v8, v4 quad_perm:[1,0,3,2] row_mask:0xf bank_mask:0xf bound_ctrl:1
	v_mov_b32_dpp v17, v5 quad_perm:[1,0,3,2] row_mask:0xf bank_mask:0xf bound_ctrl:1
	v_max_f32_e32 v8, v8, v8
	v_max_f32_e32 v17, v17, v17
	v_max_f32_e32 v4, v4, v8
	v_lshlrev_b32_e32 v8, 3, v0
	v_max_f32_e32 v5, v5, v17
	v_and_b32_e32 v17, 0xe0, v8
	v_mov_b32_e32 v18, 0x140
	s_and_b32 s1, s1, 16
	v_bitop3_b32 v17, s0, v17, v18 bitop3:0x6c
	v_add_u32_e32 v17, s1, v17
	v_bfe_i32 v0, v0, 0, 1
	s_barrier
	ds_write_b128 v17, v[2:5]
	v_and_b32_e32 v2, 0xf0, v8
	v_and_b32_e32 v3, 0x140, v0
	v_xad_u32 v2, v3, v2, 0
	s_waitcnt lgkmcnt(0)
	s_barrier
	ds_read_b128 v[18:21], v2
	v_lshlrev_b32_e32 v2, 3, v7
	v_add_u32_e32 v3, 0, v2
	v_xor_b32_e32 v2, 0x80, v2
	v_add_u32_e32 v2, 0, v2
	s_waitcnt lgkmcnt(0)
	v_mov_b32_e32 v5, v20
	v_mov_b32_e32 v20, v19
	s_barrier
	ds_write_b64 v2, v[20:21] offset:256
	v_lshlrev_b32_e32 v2, 1, v6
	v_and_b32_e32 v2, 0xfc, v2
	v_and_b32_e32 v0, 0x180, v0
	v_mov_b32_e32 v4, v18
	v_xad_u32 v0, v2, v0, 0
	ds_write_b64 v3, v[4:5]
	s_waitcnt lgkmcnt(0)
	s_barrier
	ds_read_b32 v2, v0
	s_bitcmp0_b32 s14, 7
	s_cselect_b64 s[0:1], -1, 0
	v_add_lshl_u32 v0, v1, s6, 2
	s_and_b64 s[0:1], s[0:1], s[2:3]
	v_cndmask_b32_e64 v0, v9, v0, s[0:1]
	s_waitcnt lgkmcnt(0)
	buffer_store_dword v2, v0, s[24:27], 0 offen
	v_cndmask_b32_e32 v0, 0, v10, vcc
	v_cndmask_b32_e32 v1, 0, v16, vcc
	v_cndmask_b32_e32 v2, 0, v15, vcc
	v_cndmask_b32_e32 v3, 0, v14, vcc
	v_pk_add_f32 v[0:1], v[0:1], v[2:3]
	s_nop 0
	v_add_f32_e32 v0, v0, v1
	v_mov_b32_e32 v1, v0
	v_mov_b32_e32 v2, v0
	s_nop 1
	v_permlane16_swap_b32_e32 v1, v2
	v_cmp_eq_u32_e32 vcc, v1, v0
	s_barrier
	s_nop 0
	v_cndmask_b32_e32 v1, v1, v2, vcc
	v_add_f32_e32 v0, v0, v1
	s_and_b32 s5, s5, 0xffff
	s_mov_b32 s6, s22
	v_add_f32_dpp v0, v0, v0 row_ror:8 row_mask:0xf bank_mask:0xf bound_ctrl:1
	s_mov_b32 s7, s23
	s_nop 0
	v_mov_b32_dpp v1, v0 row_half_mirror row_mask:0xf bank_mask:0xf bound_ctrl:1
	s_nop 1
	v_add_f32_dpp v0, v1, v0 quad_perm:[3,2,1,0] row_mask:0xf bank_mask:0xf bound_ctrl:1
	s_nop 1
	v_add_f32_dpp v0, v0, v0 quad_perm:[2,3,0,1] row_mask:0xf bank_mask:0xf bound_ctrl:1
	s_nop 1
	v_add_f32_dpp v0, v0, v0 quad_perm:[1,0,3,2] row_mask:0xf bank_mask:0xf bound_ctrl:1
	ds_write_b32 v13, v0
	s_waitcnt lgkmcnt(0)
	s_barrier
	ds_read_b32 v0, v11
	s_waitcnt lgkmcnt(0)
	buffer_store_dword v0, v12, s[4:7], 0 offen
	s_endpgm
.Lfunc_end0:
	.amdhsa_kernel reductions
		.amdhsa_group_segment_fixed_size 0
		.amdhsa_private_segment_fixed_size 0
		.amdhsa_kernarg_size 64
		.amdhsa_user_sgpr_count 16
		.amdhsa_user_sgpr_dispatch_ptr 0
		.amdhsa_user_sgpr_queue_ptr 0
		.amdhsa_user_sgpr_kernarg_segment_ptr 1
		.amdhsa_user_sgpr_dispatch_id 0
		.amdhsa_user_sgpr_kernarg_preload_length 14
		.amdhsa_user_sgpr_kernarg_preload_offset 0
		.amdhsa_user_sgpr_private_segment_size 0
		.amdhsa_uses_dynamic_stack 0
		.amdhsa_enable_private_segment 0
		.amdhsa_system_sgpr_workgroup_id_x 1
		.amdhsa_system_sgpr_workgroup_id_y 0
		.amdhsa_system_sgpr_workgroup_id_z 0
		.amdhsa_system_sgpr_workgroup_info 0
		.amdhsa_system_vgpr_workitem_id 0
		.amdhsa_next_free_vgpr 22
		.amdhsa_next_free_sgpr 28
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
      - .address_space:  global
        .offset:         16
        .size:           8
        .value_kind:     global_buffer
      - .address_space:  global
        .offset:         24
        .size:           8
        .value_kind:     global_buffer
      - .offset:         32
        .size:           4
        .value_kind:     by_value
      - .offset:         36
        .size:           4
        .value_kind:     by_value
      - .offset:         40
        .size:           4
        .value_kind:     by_value
      - .address_space:  global
        .offset:         48
        .size:           8
        .value_kind:     global_buffer
      - .address_space:  global
        .offset:         56
        .size:           8
        .value_kind:     global_buffer
    .group_segment_fixed_size: 0
    .kernarg_segment_align: 8
    .kernarg_segment_size: 64
    .max_flat_workgroup_size: 256
    .name:           reductions
    .private_segment_fixed_size: 0
    .sgpr_count:     34
    .sgpr_spill_count: 0
    .symbol:         reductions.kd
    .uniform_work_group_size: 1
    .uses_dynamic_stack: false
    .vgpr_count:     22
    .vgpr_spill_count: 0
    .wavefront_size: 64
amdhsa.target:   amdgpu9.50-amd-amdhsa-unknown-gfx950
amdhsa.version:
  - 1
  - 2
...

	.end_amdgpu_metadata
