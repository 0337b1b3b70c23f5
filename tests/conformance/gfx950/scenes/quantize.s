	.amdgcn_target "amdgpu9.50-amd-amdhsa-unknown-gfx950"
	.amdhsa_code_object_version 5
_quantize_kernel:
	s_load_dwordx2 s[2:3], s[0:1], 0x0
	s_load_dwordx8 s[4:11], s[0:1], 0x8
	s_load_dwordx4 s[12:15], s[0:1], 0x28
	s_waitcnt lgkmcnt(0)
	s_branch .LBB0_0
.LBB0_0:
	s_mov_b64 s[40:41], s[6:7]
	s_mov_b64 s[44:45], s[2:3]
	s_setreg_imm32_b32 hwreg(HW_REG_MODE, 23, 1), 1
	s_abs_i32 s3, s9
	v_cvt_f32_u32_e32 v2, s3
	v_readfirstlane_b32 s0, v0
	v_and_b32_e32 v1, 63, v0
	s_and_b32 s2, s0, 0xc0
	v_rcp_f32_e32 v2, v2
	v_or_b32_e32 v3, s2, v1
	s_lshl_b32 s1, s16, 6
	v_lshrrev_b32_e32 v3, 2, v3
	v_mul_f32_e32 v2, 0x4f7ffffe, v2
	v_cvt_u32_f32_e32 v2, v2
	s_sub_i32 s2, 0, s3
	v_or_b32_e32 v22, s1, v3
	v_mov_b32_e32 v4, s1
	v_mul_lo_u32 v5, s2, v2
	v_bitop3_b32 v3, v3, s9, v4 bitop3:0x36
	v_sub_u32_e32 v4, 0, v22
	v_mul_hi_u32 v5, v2, v5
	v_max_i32_e32 v4, v4, v22
	v_add_u32_e32 v2, v2, v5
	v_mul_hi_u32 v2, v4, v2
	v_mul_lo_u32 v5, v2, s3
	v_sub_u32_e32 v4, v4, v5
	v_add_u32_e32 v5, 1, v2
	v_cmp_le_u32_e32 vcc, s3, v4
	v_ashrrev_i32_e32 v3, 31, v3
	v_bfrev_b32_e32 v24, 1
	v_cndmask_b32_e32 v2, v2, v5, vcc
	v_subrev_u32_e32 v5, s3, v4
	v_cndmask_b32_e32 v4, v4, v5, vcc
	v_add_u32_e32 v5, 1, v2
	v_cmp_le_u32_e32 vcc, s3, v4
	v_lshlrev_b32_e32 v4, 3, v0
	v_and_b32_e32 v23, 24, v4
	v_cndmask_b32_e32 v2, v2, v5, vcc
	v_xor_b32_e32 v2, v2, v3
	v_sub_u32_e32 v2, v2, v3
	v_mul_lo_u32 v3, v2, s9
	v_mul_lo_u32 v2, v2, s10
	v_sub_u32_e32 v3, v22, v3
	v_add_lshl_u32 v2, v2, v23, 1
	v_lshl_add_u32 v2, v3, 6, v2
	v_cmp_gt_i32_e32 vcc, s8, v22
	s_and_b32 s45, s45, 0xffff
	s_mov_b32 s47, 0x27000
	s_mov_b32 s46, 0x7ffffffe
	v_cndmask_b32_e32 v2, v24, v2, vcc
	buffer_load_dwordx4 v[2:5], v2, s[44:47], 0 offen
	s_mov_b32 s18, 0x7f800000
	v_or_b32_e32 v1, s1, v1
	s_lshr_b32 s33, s0, 6
	v_cmp_gt_i32_e64 s[0:1], s8, v1
	s_mov_b32 s36, 0x800000
	s_mov_b32 s38, 0x600000
	s_and_b32 s5, s5, 0xffff
	s_and_b32 s41, s41, 0xffff
	s_cmp_eq_u32 s33, 0
	s_mov_b32 s42, s46
	s_mov_b32 s43, s47
	s_waitcnt vmcnt(0)
	v_and_b32_e32 v6, 0xffff0000, v5
	v_and_b32_e32 v8, 0xffff0000, v4
	v_and_b32_e32 v10, 0xffff0000, v3
	v_and_b32_e32 v12, 0xffff0000, v2
	v_lshlrev_b32_e32 v7, 16, v5
	v_and_b32_e32 v6, 0x7fff0000, v6
	v_and_b32_e32 v8, 0x7fff0000, v8
	v_and_b32_e32 v10, 0x7fff0000, v10
	v_and_b32_e32 v12, 0x7fff0000, v12
	v_lshlrev_b32_e32 v9, 16, v4
	v_lshlrev_b32_e32 v11, 16, v3
	v_lshlrev_b32_e32 v13, 16, v2
	v_and_b32_e32 v14, 0x7fff0000, v7
	v_cmp_lt_u32_e64 s[2:3], s18, v6
	v_cmp_lt_u32_e64 s[6:7], s18, v8
	v_cmp_lt_u32_e64 s[8:9], s18, v10
	v_cmp_lt_u32_e64 s[10:11], s18, v12
	v_and_b32_e32 v15, 0x7fff0000, v9
	v_and_b32_e32 v16, 0x7fff0000, v11
	v_and_b32_e32 v17, 0x7fff0000, v13
	v_cndmask_b32_e64 v7, v6, 0, s[2:3]
	v_cvt_f32_u32_e32 v9, v14
	v_cvt_f32_u32_e32 v11, v6
	v_cndmask_b32_e64 v13, v8, 0, s[6:7]
	v_cndmask_b32_e64 v20, v10, 0, s[8:9]
	v_cndmask_b32_e64 v26, v12, 0, s[10:11]
	v_max_u32_e32 v29, v14, v7
	v_max_u32_e32 v30, v15, v13
	v_max_u32_e32 v31, v16, v20
	v_max_u32_e32 v32, v17, v26
	v_cmp_lt_u32_e64 s[12:13], s18, v14
	v_cmp_lt_u32_e64 s[14:15], s18, v15
	v_cmp_lt_u32_e64 s[16:17], s18, v16
	v_cmp_lt_u32_e64 s[18:19], s18, v17
	v_cndmask_b32_e64 v29, v29, v7, s[12:13]
	v_cndmask_b32_e64 v7, v30, v13, s[14:15]
	v_cndmask_b32_e64 v13, v31, v20, s[16:17]
	v_cndmask_b32_e64 v20, v32, v26, s[18:19]
	v_max3_u32 v20, v20, v13, v7
	v_cmp_gt_u32_e64 s[20:21], s36, v6
	v_cmp_gt_u32_e64 s[22:23], s36, v14
	v_cvt_f32_u32_e32 v18, v15
	v_cvt_f32_u32_e32 v19, v8
	v_cndmask_b32_e64 v7, v6, v11, s[20:21]
	v_cndmask_b32_e64 v6, v14, v9, s[22:23]
	v_max_u32_e32 v14, v20, v29
	v_cvt_f32_u32_e32 v25, v10
	v_cmp_gt_u32_e64 s[24:25], s36, v8
	v_max_i32_dpp v14, v14, v14 quad_perm:[2,3,0,1] row_mask:0xf bank_mask:0xf bound_ctrl:1
	v_cmp_gt_u32_e64 s[26:27], s36, v15
	v_cndmask_b32_e64 v9, v8, v19, s[24:25]
	v_max_i32_dpp v14, v14, v14 quad_perm:[1,0,3,2] row_mask:0xf bank_mask:0xf bound_ctrl:1
	v_max_u32_e32 v14, 0x800000, v14
	v_cndmask_b32_e64 v8, v15, v18, s[26:27]
	v_and_b32_e32 v15, 0x7fffff, v14
	v_lshrrev_b32_e32 v14, 23, v14
	v_cmp_lt_u32_e64 s[38:39], s38, v15
	v_cvt_f32_u32_e32 v21, v16
	v_cvt_f32_u32_e32 v27, v17
	v_cvt_f32_u32_e32 v28, v12
	v_cmp_gt_u32_e64 s[28:29], s36, v10
	v_addc_co_u32_e64 v14, s[38:39], -8, v14, s[38:39]
	s_nop 0
	v_cndmask_b32_e64 v11, v10, v25, s[28:29]
	v_max_i32_e32 v25, 0, v14
	v_sub_u32_e32 v15, 0xffffffea, v25
	v_cmp_gt_u32_e64 s[30:31], s36, v16
	v_cmp_gt_u32_e64 s[34:35], s36, v12
	v_cmp_gt_u32_e64 s[36:37], s36, v17
	v_sub_u32_e32 v14, 0x7f, v25
	v_max_u32_e32 v15, 0xffffff82, v15
	v_cndmask_b32_e64 v10, v16, v21, s[30:31]
	v_cndmask_b32_e64 v13, v12, v28, s[34:35]
	v_cndmask_b32_e64 v12, v17, v27, s[36:37]
	v_cndmask_b32_e64 v16, v14, v15, s[36:37]
	v_cndmask_b32_e64 v17, v14, v15, s[34:35]
	v_cndmask_b32_e64 v18, v14, v15, s[30:31]
	v_cndmask_b32_e64 v19, v14, v15, s[28:29]
	v_cndmask_b32_e64 v20, v14, v15, s[26:27]
	v_cndmask_b32_e64 v21, v14, v15, s[24:25]
	v_cndmask_b32_e64 v26, v14, v15, s[22:23]
	v_cndmask_b32_e64 v27, v14, v15, s[20:21]
	v_lshl_add_u32 v15, v17, 23, 1.0
	v_lshl_add_u32 v14, v16, 23, 1.0
	v_pk_mul_f32 v[12:13], v[12:13], v[14:15]
	s_mov_b32 s22, 0x43e00000
	v_lshl_add_u32 v17, v19, 23, 1.0
	v_lshl_add_u32 v16, v18, 23, 1.0
	v_mov_b32_e32 v14, 0x43e00000
	v_cmp_nlt_f32_e64 s[20:21], s22, v12
	v_pk_mul_f32 v[10:11], v[10:11], v[16:17]
	v_lshl_add_u32 v19, v21, 23, 1.0
	v_cndmask_b32_e64 v12, v14, v12, s[20:21]
	v_cmp_nlt_f32_e64 s[20:21], s22, v13
	v_lshl_add_u32 v18, v20, 23, 1.0
	v_pk_mul_f32 v[8:9], v[8:9], v[18:19]
	v_cndmask_b32_e64 v13, v14, v13, s[20:21]
	v_cmp_nlt_f32_e64 s[20:21], s22, v10
	v_lshl_add_u32 v21, v27, 23, 1.0
	v_lshl_add_u32 v20, v26, 23, 1.0
	v_cndmask_b32_e64 v10, v14, v10, s[20:21]
	v_cmp_nlt_f32_e64 s[20:21], s22, v11
	v_pk_mul_f32 v[6:7], v[6:7], v[20:21]
	v_cndmask_b32_e64 v12, v12, 0, s[18:19]
	v_cndmask_b32_e64 v11, v14, v11, s[20:21]
	v_cmp_nlt_f32_e64 s[20:21], s22, v8
	v_cndmask_b32_e64 v13, v13, 0, s[10:11]
	v_cndmask_b32_e64 v10, v10, 0, s[16:17]
	v_cndmask_b32_e64 v8, v14, v8, s[20:21]
	v_cmp_nlt_f32_e64 s[20:21], s22, v9
	v_cndmask_b32_e64 v8, v8, 0, s[14:15]
	v_cndmask_b32_e64 v11, v11, 0, s[8:9]
	v_cndmask_b32_e64 v9, v14, v9, s[20:21]
	v_cmp_nlt_f32_e64 s[20:21], s22, v6
	v_cndmask_b32_e64 v9, v9, 0, s[6:7]
	v_cvt_scalef32_pk_fp8_f32 v8, v8, v9, 1.0
	v_cndmask_b32_e64 v6, v14, v6, s[20:21]
	v_cmp_nlt_f32_e64 s[20:21], s22, v7
	v_cndmask_b32_e64 v6, v6, 0, s[12:13]
	v_cvt_scalef32_pk_fp8_f32 v12, v12, v13, 1.0
	v_cndmask_b32_e64 v7, v14, v7, s[20:21]
	v_cndmask_b32_e64 v7, v7, 0, s[2:3]
	v_cvt_scalef32_pk_fp8_f32 v8, v6, v7, 1.0 op_sel:[0,0,0,1]
	v_cvt_scalef32_pk_fp8_f32 v12, v10, v11, 1.0 op_sel:[0,0,0,1]
	v_lshrrev_b32_e32 v9, 24, v8
	v_mov_b32_e32 v14, 0x7f
	v_lshrrev_b32_e32 v10, 16, v12
	v_lshrrev_b32_e32 v11, 8, v12
	v_lshrrev_b32_e32 v13, 24, v12
	v_lshrrev_b32_e32 v6, 16, v8
	v_lshrrev_b32_e32 v7, 8, v8
	v_cndmask_b32_e64 v9, v9, v14, s[2:3]
	v_lshrrev_b16_e32 v17, 8, v5
	v_lshrrev_b32_e32 v5, 24, v5
	s_movk_i32 s2, 0x80
	v_cndmask_b32_e64 v12, v12, v14, s[18:19]
	v_cndmask_b32_e64 v11, v11, v14, s[10:11]
	v_cndmask_b32_e64 v10, v10, v14, s[16:17]
	v_cndmask_b32_e64 v13, v13, v14, s[8:9]
	v_cndmask_b32_e64 v8, v8, v14, s[14:15]
	v_cndmask_b32_e64 v7, v7, v14, s[6:7]
	v_cndmask_b32_e64 v6, v6, v14, s[12:13]
	v_lshrrev_b16_e32 v14, 8, v2
	v_lshrrev_b32_e32 v2, 24, v2
	v_lshrrev_b16_e32 v15, 8, v3
	v_lshrrev_b32_e32 v3, 24, v3
	v_lshrrev_b16_e32 v16, 8, v4
	v_lshrrev_b32_e32 v4, 24, v4
	v_bitop3_b16 v5, v9, v5, s2 bitop3:0xf8
	v_bitop3_b16 v12, v12, v14, s2 bitop3:0xf8
	v_bitop3_b16 v2, v11, v2, s2 bitop3:0xf8
	v_bitop3_b16 v10, v10, v15, s2 bitop3:0xf8
	v_bitop3_b16 v11, v13, v3, s2 bitop3:0xf8
	v_bitop3_b16 v3, v8, v16, s2 bitop3:0xf8
	v_bitop3_b16 v4, v7, v4, s2 bitop3:0xf8
	v_bitop3_b16 v6, v6, v17, s2 bitop3:0xf8
	v_lshlrev_b16_e32 v5, 8, v5
	s_movk_i32 s2, 0xff
	v_bitop3_b16 v5, v6, v5, s2 bitop3:0xec
	v_lshlrev_b16_e32 v4, 8, v4
	v_bitop3_b16 v3, v3, v4, s2 bitop3:0xec
	v_lshlrev_b32_e32 v4, 16, v5
	v_or_b32_sdwa v3, v4, v3 dst_sel:DWORD dst_unused:UNUSED_PAD src0_sel:DWORD src1_sel:WORD_0
	v_lshlrev_b16_e32 v4, 8, v11
	v_bitop3_b16 v4, v10, v4, s2 bitop3:0xec
	v_lshlrev_b16_e32 v2, 8, v2
	v_lshl_or_b32 v7, v22, 5, v23
	v_bitop3_b16 v2, v12, v2, s2 bitop3:0xec
	v_lshlrev_b32_e32 v4, 16, v4
	s_mov_b32 s6, s46
	s_mov_b32 s7, s47
	v_or_b32_sdwa v2, v4, v2 dst_sel:DWORD dst_unused:UNUSED_PAD src0_sel:DWORD src1_sel:WORD_0
	v_cndmask_b32_e32 v4, v24, v7, vcc
	buffer_store_dwordx2 v[2:3], v4, s[4:7], 0 offen
	v_and_b32_e32 v2, 60, v0
	v_add_u32_e32 v2, s33, v2
	ds_write_b8 v2, v25
	v_lshlrev_b32_e32 v2, 2, v0
	v_and_b32_e32 v2, 60, v2
	v_bfe_u32 v0, v0, 4, 2
	v_add3_u32 v0, 0, v2, v0
	s_waitcnt lgkmcnt(0)
	s_barrier
	ds_read_u8 v2, v0
	s_cselect_b64 s[2:3], -1, 0
	s_and_b64 vcc, s[0:1], s[2:3]
	v_cndmask_b32_e32 v0, v24, v1, vcc
	s_waitcnt lgkmcnt(0)
	buffer_store_byte v2, v0, s[40:43], 0 offen
	s_endpgm
.Lfunc_end0:
	.amdhsa_kernel _quantize_kernel
		.amdhsa_group_segment_fixed_size 0
		.amdhsa_private_segment_fixed_size 0
		.amdhsa_kernarg_size 56
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
		.amdhsa_next_free_vgpr 33
		.amdhsa_next_free_sgpr 48
		.amdhsa_accum_offset 36
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
      - .offset:         24
        .size:           4
        .value_kind:     by_value
      - .offset:         28
        .size:           4
        .value_kind:     by_value
      - .offset:         32
        .size:           4
        .value_kind:     by_value
      - .address_space:  global
        .offset:         40
        .size:           8
        .value_kind:     global_buffer
      - .address_space:  global
        .offset:         48
        .size:           8
        .value_kind:     global_buffer
    .group_segment_fixed_size: 0
    .kernarg_segment_align: 8
    .kernarg_segment_size: 56
    .max_flat_workgroup_size: 256
    .name:           _quantize_kernel
    .private_segment_fixed_size: 0
    .sgpr_count:     54
    .sgpr_spill_count: 0
    .symbol:         _quantize_kernel.kd
    .uniform_work_group_size: 1
    .uses_dynamic_stack: false
    .vgpr_count:     33
    .vgpr_spill_count: 0
    .wavefront_size: 64
amdhsa.target:   amdgpu9.50-amd-amdhsa-unknown-gfx950
amdhsa.version:
  - 1
  - 2
...

	.end_amdgpu_metadata
