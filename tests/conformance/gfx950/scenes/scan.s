	.amdgcn_target "amdgpu9.50-amd-amdhsa-unknown-gfx950"
	.amdhsa_code_object_version 5
scan:
	s_load_dwordx2 s[2:3], s[0:1], 0x0
	s_load_dwordx8 s[4:11], s[0:1], 0x8
	s_waitcnt lgkmcnt(0)
	s_branch .LBB0_0
.LBB0_0:
	v_lshrrev_b32_e32 v1, 6, v0
	s_mov_b64 s[0:1], s[2:3]
	v_readfirstlane_b32 s2, v1
	s_lshl_b32 s2, s2, 6
	s_lshl_b32 s3, s12, 8
	v_and_b32_e32 v3, 63, v0
	s_or_b32 s2, s2, s3
	v_or_b32_e32 v0, s2, v3
	v_lshlrev_b32_e32 v2, 2, v0
	v_bfrev_b32_e32 v4, 1
	v_cmp_gt_i32_e32 vcc, s6, v0
	s_and_b32 s1, s1, 0xffff
	s_mov_b32 s3, 0x27000
	s_mov_b32 s2, 0x7ffffffe
	v_cndmask_b32_e32 v0, v4, v2, vcc
	buffer_load_dword v2, v0, s[0:3], 0 offen
	v_sub_u32_e64 v4, v3, 1 clamp
	v_lshlrev_b32_e32 v4, 2, v4
	v_lshlrev_b32_e32 v5, 2, v3
	v_add_u32_e32 v6, -8, v5
	v_cmp_gt_u32_e32 vcc, 2, v3
	s_waitcnt vmcnt(0)
	ds_bpermute_b32 v4, v4, v2
	v_cndmask_b32_e32 v6, v6, v5, vcc
	v_cmp_ne_u32_e32 vcc, 0, v3
	s_waitcnt lgkmcnt(0)
	s_nop 0
	v_cndmask_b32_e32 v4, 0, v4, vcc
	v_add_u32_e32 v2, v4, v2
	ds_bpermute_b32 v4, v6, v2
	v_add_u32_e32 v6, -16, v5
	v_cmp_gt_u32_e32 vcc, 4, v3
	s_nop 1
	v_cndmask_b32_e32 v6, v6, v5, vcc
	v_cmp_lt_u32_e32 vcc, 1, v3
	s_waitcnt lgkmcnt(0)
	s_nop 0
	v_cndmask_b32_e32 v4, 0, v4, vcc
	v_add_u32_e32 v2, v2, v4
	ds_bpermute_b32 v4, v6, v2
	v_subrev_u32_e32 v6, 32, v5
	v_cmp_gt_u32_e32 vcc, 8, v3
	s_nop 1
	v_cndmask_b32_e32 v6, v6, v5, vcc
	v_cmp_lt_u32_e32 vcc, 3, v3
	s_waitcnt lgkmcnt(0)
	s_nop 0
	v_cndmask_b32_e32 v4, 0, v4, vcc
	v_add_u32_e32 v2, v2, v4
	ds_bpermute_b32 v4, v6, v2
	v_subrev_u32_e32 v6, 64, v5
	v_cmp_gt_u32_e32 vcc, 16, v3
	s_nop 1
	v_cndmask_b32_e32 v6, v6, v5, vcc
	v_cmp_lt_u32_e32 vcc, 7, v3
	s_waitcnt lgkmcnt(0)
	s_nop 0
	v_cndmask_b32_e32 v4, 0, v4, vcc
	v_add_u32_e32 v2, v2, v4
	ds_bpermute_b32 v4, v6, v2
	v_add_u32_e32 v6, 0xffffff80, v5
	v_cmp_gt_u32_e32 vcc, 32, v3
	s_nop 1
	v_cndmask_b32_e32 v5, v6, v5, vcc
	v_cmp_lt_u32_e32 vcc, 15, v3
	s_waitcnt lgkmcnt(0)
	s_nop 0
	v_cndmask_b32_e32 v4, 0, v4, vcc
	v_add_u32_e32 v2, v2, v4
	ds_bpermute_b32 v4, v5, v2
	v_cmp_lt_u32_e32 vcc, 31, v3
	s_waitcnt lgkmcnt(0)
	s_nop 0
	v_cndmask_b32_e32 v4, 0, v4, vcc
	v_add_u32_e32 v2, v2, v4
	v_cmp_eq_u32_e32 vcc, 63, v3
	s_and_saveexec_b64 s[0:1], vcc
	v_lshl_add_u32 v3, v1, 2, 0
	ds_write_b32 v3, v2
	s_or_b64 exec, exec, s[0:1]
	v_mov_b32_e32 v3, 0
	s_waitcnt lgkmcnt(0)
	s_barrier
	ds_read_b96 v[4:6], v3
	v_cmp_lt_u32_e32 vcc, 1, v1
	s_and_b32 s5, s5, 0xffff
	s_mov_b32 s6, s2
	s_mov_b32 s7, s3
	s_waitcnt lgkmcnt(0)
	v_add_u32_e32 v3, v5, v4
	v_cndmask_b32_e32 v4, v4, v3, vcc
	v_add_u32_e32 v3, v3, v6
	v_cmp_eq_u32_e32 vcc, 3, v1
	s_nop 1
	v_cndmask_b32_e32 v3, v4, v3, vcc
	v_cmp_ne_u32_e32 vcc, 0, v1
	s_nop 1
	v_cndmask_b32_e32 v1, 0, v3, vcc
	v_add_u32_e32 v1, v1, v2
	buffer_store_dword v1, v0, s[4:7], 0 offen
	s_endpgm
.Lfunc_end0:
	.amdhsa_kernel scan
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
		.amdhsa_next_free_vgpr 7
		.amdhsa_next_free_sgpr 13
		.amdhsa_accum_offset 8
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
    .name:           scan
    .private_segment_fixed_size: 0
    .sgpr_count:     19
    .sgpr_spill_count: 0
    .symbol:         scan.kd
    .uniform_work_group_size: 1
    .uses_dynamic_stack: false
    .vgpr_count:     7
    .vgpr_spill_count: 0
    .wavefront_size: 64
amdhsa.target:   amdgpu9.50-amd-amdhsa-unknown-gfx950
amdhsa.version:
  - 1
  - 2
...

	.end_amdgpu_metadata
