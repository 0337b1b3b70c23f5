	.amdgcn_target "amdgpu9.50-amd-amdhsa-unknown-gfx950"
	.amdhsa_code_object_version 5
_sum_kernel:
	s_load_dwordx2 s[2:3], s[0:1], 0x0
	s_load_dwordx8 s[4:11], s[0:1], 0x8
	s_load_dwordx2 s[12:13], s[0:1], 0x28
	s_waitcnt lgkmcnt(0)
	s_branch .LBB0_0
.LBB0_0:
	v_readfirstlane_b32 s0, v0
	s_and_b32 s0, s0, 0xc0
	s_lshl_b32 s9, s15, 10
	v_and_or_b32 v0, v0, 63, s0
	v_lshlrev_b32_e32 v4, 2, v0
	v_or_b32_e32 v0, s9, v4
	s_cmp_lt_i32 s6, 1
	v_cmp_gt_i32_e64 s[0:1], s7, v0
	s_cbranch_scc1 .LBB0_5
	s_mov_b64 s[16:17], s[2:3]
	s_mul_i32 s2, s6, s14
	s_mul_i32 s2, s2, s8
	s_and_b32 s17, s17, 0xffff
	s_and_b32 s10, s6, 7
	v_add_u32_e32 v6, s2, v0
	s_mov_b32 s19, 0x27000
	s_mov_b32 s18, 0x7ffffffe
	s_cmp_lt_u32 s6, 8
	s_mov_b32 s2, 0
	s_cbranch_scc1 .LBB0_6
	v_mov_b32_e32 v0, 0
	s_and_b32 s3, s6, 0x7ffffff8
	v_bfrev_b32_e32 v5, 1
	v_mov_b32_e32 v1, v0
	v_mov_b32_e32 v2, v0
	v_mov_b32_e32 v3, v0
.LBB0_3:
	v_lshlrev_b32_e32 v7, 2, v6
	v_add_u32_e32 v6, s8, v6
	v_lshlrev_b32_e32 v8, 2, v6
	v_add_u32_e32 v6, s8, v6
	v_cndmask_b32_e64 v7, v5, v7, s[0:1]
	v_cndmask_b32_e64 v16, v5, v8, s[0:1]
	v_lshlrev_b32_e32 v17, 2, v6
	v_add_u32_e32 v6, s8, v6
	buffer_load_dwordx4 v[8:11], v7, s[16:19], 0 offen
	buffer_load_dwordx4 v[12:15], v16, s[16:19], 0 offen
	v_lshlrev_b32_e32 v16, 2, v6
	v_add_u32_e32 v6, s8, v6
	v_cndmask_b32_e64 v7, v5, v17, s[0:1]
	v_cndmask_b32_e64 v24, v5, v16, s[0:1]
	v_lshlrev_b32_e32 v25, 2, v6
	v_add_u32_e32 v6, s8, v6
	buffer_load_dwordx4 v[16:19], v7, s[16:19], 0 offen
	buffer_load_dwordx4 v[20:23], v24, s[16:19], 0 offen
	v_lshlrev_b32_e32 v24, 2, v6
	v_add_u32_e32 v6, s8, v6
	v_cndmask_b32_e64 v7, v5, v25, s[0:1]
	v_lshlrev_b32_e32 v33, 2, v6
	v_add_u32_e32 v6, s8, v6
	v_cndmask_b32_e64 v32, v5, v24, s[0:1]
	buffer_load_dwordx4 v[24:27], v7, s[16:19], 0 offen
	buffer_load_dwordx4 v[28:31], v32, s[16:19], 0 offen
	v_cndmask_b32_e64 v7, v5, v33, s[0:1]
	v_lshlrev_b32_e32 v36, 2, v6
	buffer_load_dwordx4 v[32:35], v7, s[16:19], 0 offen
	v_cndmask_b32_e64 v7, v5, v36, s[0:1]
	buffer_load_dwordx4 v[36:39], v7, s[16:19], 0 offen
	s_add_i32 s2, s2, 8
	s_cmp_lg_u32 s2, s3
	v_add_u32_e32 v6, s8, v6
	s_waitcnt vmcnt(7)
	v_pk_add_f32 v[2:3], v[2:3], v[8:9]
	v_pk_add_f32 v[0:1], v[0:1], v[10:11]
	s_waitcnt vmcnt(6)
	v_pk_add_f32 v[2:3], v[2:3], v[12:13]
	v_pk_add_f32 v[0:1], v[0:1], v[14:15]
	s_waitcnt vmcnt(5)
	v_pk_add_f32 v[2:3], v[2:3], v[16:17]
	v_pk_add_f32 v[0:1], v[0:1], v[18:19]
	s_waitcnt vmcnt(4)
	v_pk_add_f32 v[2:3], v[2:3], v[20:21]
	v_pk_add_f32 v[0:1], v[0:1], v[22:23]
	s_waitcnt vmcnt(3)
	v_pk_add_f32 v[2:3], v[2:3], v[24:25]
	v_pk_add_f32 v[0:1], v[0:1], v[26:27]
	s_waitcnt vmcnt(2)
	v_pk_add_f32 v[2:3], v[2:3], v[28:29]
	v_pk_add_f32 v[0:1], v[0:1], v[30:31]
	s_waitcnt vmcnt(1)
	v_pk_add_f32 v[2:3], v[2:3], v[32:33]
	v_pk_add_f32 v[0:1], v[0:1], v[34:35]
	s_waitcnt vmcnt(0)
	v_pk_add_f32 v[2:3], v[2:3], v[36:37]
	v_pk_add_f32 v[0:1], v[0:1], v[38:39]
	s_cbranch_scc1 .LBB0_3
	s_cmp_lg_u32 s10, 0
	s_cselect_b64 s[2:3], -1, 0
	s_and_b64 vcc, exec, s[2:3]
	s_cbranch_vccnz .LBB0_7
	s_branch .LBB0_9
.LBB0_5:
	v_mov_b32_e32 v3, 0
	v_mov_b32_e32 v2, 0
	s_branch .LBB0_10
.LBB0_6:
	v_mov_b32_e32 v0, 0
	v_mov_b32_e32 v1, v0
	v_mov_b64_e32 v[2:3], v[0:1]
	s_cbranch_execz .LBB0_9
.LBB0_7:
	v_lshlrev_b32_e32 v5, 2, v6
	s_lshl_b32 s2, s8, 2
	v_bfrev_b32_e32 v6, 1
.LBB0_8:
	v_cndmask_b32_e64 v7, v6, v5, s[0:1]
	buffer_load_dwordx4 v[8:11], v7, s[16:19], 0 offen
	s_add_i32 s10, s10, -1
	v_add_u32_e32 v5, s2, v5
	s_cmp_lg_u32 s10, 0
	s_waitcnt vmcnt(0)
	v_pk_add_f32 v[2:3], v[2:3], v[8:9]
	v_pk_add_f32 v[0:1], v[0:1], v[10:11]
	s_cbranch_scc1 .LBB0_8
.LBB0_9:
	v_cvt_pk_bf16_f32 v2, v2, v3
	v_cvt_pk_bf16_f32 v3, v0, v1
.LBB0_10:
	s_mul_i32 s2, s7, s14
	s_add_i32 s2, s2, s9
	v_add_lshl_u32 v0, s2, v4, 1
	v_bfrev_b32_e32 v1, 1
	s_and_b32 s5, s5, 0xffff
	s_mov_b32 s7, 0x27000
	s_mov_b32 s6, 0x7ffffffe
	v_cndmask_b32_e64 v0, v1, v0, s[0:1]
	buffer_store_dwordx2 v[2:3], v0, s[4:7], 0 offen
	s_endpgm
.Lfunc_end0:
	.amdhsa_kernel _sum_kernel
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
		.amdhsa_next_free_vgpr 40
		.amdhsa_next_free_sgpr 20
		.amdhsa_accum_offset 40
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
    .name:           _sum_kernel
    .private_segment_fixed_size: 0
    .sgpr_count:     26
    .sgpr_spill_count: 0
    .symbol:         _sum_kernel.kd
    .uniform_work_group_size: 1
    .uses_dynamic_stack: false
    .vgpr_count:     40
    .vgpr_spill_count: 0
    .wavefront_size: 64
amdhsa.target:   amdgpu9.50-amd-amdhsa-unknown-gfx950
amdhsa.version:
  - 1
  - 2
...

	.end_amdgpu_metadata
