	.amdgcn_target "amdgpu9.50-amd-amdhsa-unknown-gfx950"
	.amdhsa_code_object_version 5
transpose:
	s_load_dwordx2 s[2:3], s[0:1], 0x0
	s_load_dwordx8 s[4:11], s[0:1], 0x8
	s_load_dwordx2 s[12:13], s[0:1], 0x28
	s_waitcnt lgkmcnt(0)
	s_branch .LBB0_0
.LBB0_0:
	v_readfirstlane_b32 s0, v0
	s_and_b32 s10, s0, 0xc0
	v_and_b32_e32 v1, 63, v0
	s_lshl_b32 s11, s14, 5
	v_or_b32_e32 v2, s10, v1
	v_lshlrev_b32_e32 v5, 2, v0
	v_lshrrev_b32_e32 v3, 4, v2
	s_lshl_b32 s16, s15, 6
	v_and_b32_e32 v8, 60, v5
	s_mul_i32 s14, s8, s11
	v_or_b32_e32 v4, 16, v3
	v_or_b32_e32 v6, s11, v3
	v_or_b32_e32 v9, s16, v8
	s_add_i32 s14, s14, s16
	s_mov_b64 s[12:13], s[2:3]
	v_or_b32_e32 v7, s11, v4
	v_cmp_gt_i32_e32 vcc, s6, v6
	v_cmp_gt_i32_e64 s[2:3], s7, v9
	v_mul_lo_u32 v3, v3, s8
	v_add_u32_e32 v6, s14, v8
	v_cmp_gt_i32_e64 s[0:1], s6, v7
	v_add_lshl_u32 v3, v6, v3, 2
	v_bfrev_b32_e32 v7, 1
	s_and_b64 vcc, s[2:3], vcc
	s_and_b32 s13, s13, 0xffff
	s_mov_b32 s15, 0x27000
	s_mov_b32 s14, 0x7ffffffe
	v_cndmask_b32_e32 v3, v7, v3, vcc
	buffer_load_dwordx4 v[16:19], v3, s[12:15], 0 offen
	v_mul_lo_u32 v4, v4, s8
	v_add_lshl_u32 v3, v6, v4, 2
	s_and_b64 vcc, s[2:3], s[0:1]
	v_cndmask_b32_e32 v3, v7, v3, vcc
	buffer_load_dwordx4 v[20:23], v3, s[12:15], 0 offen
	s_movk_i32 s0, 0x3e0
	v_lshlrev_b32_e32 v3, 7, v0
	v_lshlrev_b32_e32 v4, 5, v0
	v_and_b32_e32 v0, 24, v0
	v_and_b32_e32 v5, 28, v5
	s_mul_i32 s1, s9, s16
	v_and_b32_e32 v3, 0x1c00, v3
	v_lshlrev_b32_e32 v1, 2, v1
	v_and_or_b32 v0, v4, s0, v0
	s_lshr_b32 s0, s10, 1
	v_or_b32_e32 v4, s11, v5
	s_add_i32 s1, s1, s11
	v_lshrrev_b32_e32 v2, 3, v2
	v_bitop3_b32 v1, s0, v3, v1 bitop3:0x1e
	v_cmp_gt_i32_e32 vcc, s6, v4
	v_or_b32_e32 v4, s1, v5
	v_or_b32_e32 v3, 32, v2
	v_or_b32_e32 v5, s16, v2
	v_add_u32_e32 v8, 0, v1
	v_xad_u32 v9, v1, 8, 0
	v_xad_u32 v10, v1, 16, 0
	v_xad_u32 v11, v1, 24, 0
	v_xor_b32_e32 v12, 0x80, v1
	v_xor_b32_e32 v13, 0x88, v1
	v_xor_b32_e32 v14, 0x90, v1
	v_xor_b32_e32 v1, 0x98, v1
	v_bitop3_b32 v0, v2, v0, 28 bitop3:0x6c
	v_mul_lo_u32 v6, v2, s9
	v_or_b32_e32 v2, s16, v3
	v_cmp_gt_i32_e64 s[0:1], s7, v5
	v_add_u32_e32 v5, 0, v12
	v_add_u32_e32 v12, 0, v13
	v_add_u32_e32 v13, 0, v14
	v_add_u32_e32 v1, 0, v1
	v_add_u32_e32 v14, 0, v0
	v_cmp_gt_i32_e64 s[2:3], s7, v2
	v_xor_b32_e32 v2, 0x80, v0
	v_add_u32_e32 v2, 0, v2
	s_and_b64 s[0:1], vcc, s[0:1]
	v_mul_lo_u32 v3, v3, s9
	s_and_b32 s5, s5, 0xffff
	s_mov_b32 s6, s14
	s_mov_b32 s7, s15
	s_and_b64 vcc, vcc, s[2:3]
	s_waitcnt vmcnt(1)
	ds_write_b32 v8, v16
	ds_write_b32 v9, v17 offset:256
	ds_write_b32 v10, v18 offset:512
	ds_write_b32 v11, v19 offset:768
	s_waitcnt vmcnt(0)
	ds_write_b32 v5, v20
	ds_write_b32 v12, v21 offset:256
	ds_write_b32 v13, v22 offset:512
	ds_write_b32 v1, v23 offset:768
	v_xor_b32_e32 v9, 0x60, v0
	v_xor_b32_e32 v10, 0xa0, v0
	v_xad_u32 v1, v0, 64, 0
	v_xor_b32_e32 v5, 0xc0, v0
	v_xad_u32 v8, v0, 32, 0
	v_add_u32_e32 v9, 0, v9
	v_add_u32_e32 v10, 0, v10
	v_xor_b32_e32 v0, 0xe0, v0
	s_waitcnt lgkmcnt(0)
	s_barrier
	v_add_u32_e32 v5, 0, v5
	v_add_u32_e32 v0, 0, v0
	ds_read_b32 v12, v14
	ds_read_b32 v13, v1 offset:2048
	ds_read_b32 v14, v2 offset:4096
	ds_read_b32 v15, v5 offset:6144
	ds_read_b32 v8, v8 offset:1024
	ds_read_b32 v9, v9 offset:3072
	ds_read_b32 v10, v10 offset:5120
	ds_read_b32 v11, v0 offset:7168
	v_add_lshl_u32 v0, v4, v6, 2
	v_cndmask_b32_e64 v0, v7, v0, s[0:1]
	s_waitcnt lgkmcnt(4)
	buffer_store_dwordx4 v[12:15], v0, s[4:7], 0 offen
	v_add_lshl_u32 v0, v4, v3, 2
	v_cndmask_b32_e32 v0, v7, v0, vcc
	s_waitcnt lgkmcnt(0)
	buffer_store_dwordx4 v[8:11], v0, s[4:7], 0 offen
	s_endpgm
.Lfunc_end0:
	.amdhsa_kernel transpose
		.amdhsa_group_segment_fixed_size 0
		.amdhsa_private_segment_fixed_size 0
		.amdhsa_kernarg_size 48
		.amdhsa_user_sgpr_count 14
		.amdhsa_user_sgpr_dispatch_ptr 0
		.amdhsa_user_sgpr_queue_ptr 0
		.amdhsa_user_sgpr_kernarg_segment_ptr 1
		.amdhsa_user_sgpr_dispatch_id 0
		.amdhsa_user_sgpr_kernarg_preload_length 12
		.amdhsa_user_sgpr_kernarg_preload_offset 0
		.amdhsa_user_sgpr_private_segment_size 0
		.amdhsa_uses_dynamic_stack 0
		.amdhsa_enable_private_segment 0
		.amdhsa_system_sgpr_workgroup_id_x 1
		.amdhsa_system_sgpr_workgroup_id_y 1
		.amdhsa_system_sgpr_workgroup_id_z 0
		.amdhsa_system_sgpr_workgroup_info 0
		.amdhsa_system_vgpr_workitem_id 0
		.amdhsa_next_free_vgpr 24
		.amdhsa_next_free_sgpr 17
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
      - .offset:         20
        .size:           4
        .value_kind:     by_value
      - .offset:         24
        .size:           4
        .value_kind:     by_value
      - .offset:         28
        .size:           4
        .value_kind:     by_value
      - .address_space:  global
        .offset:         32
        .size:           8
        .value_kind:     global_buffer
      - .address_space:  global
        .offset:         40
        .size:           8
        .value_kind:     global_buffer
    .group_segment_fixed_size: 0
    .kernarg_segment_align: 8
    .kernarg_segment_size: 48
    .max_flat_workgroup_size: 256
    .name:           transpose
    .private_segment_fixed_size: 0
    .sgpr_count:     23
    .sgpr_spill_count: 0
    .symbol:         transpose.kd
    .uniform_work_group_size: 1
    .uses_dynamic_stack: false
    .vgpr_count:     24
    .vgpr_spill_count: 0
    .wavefront_size: 64
amdhsa.target:   amdgpu9.50-amd-amdhsa-unknown-gfx950
amdhsa.version:
  - 1
  - 2
...

	.end_amdgpu_metadata
