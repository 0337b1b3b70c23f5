	.amdgcn_target "amdgpu9.50-amd-amdhsa-unknown-gfx950"
	.amdhsa_code_object_version 5
_swiglu_quantize_kernel:
	s_load_dwordx2 s[2:3], s[0:1], 0x0
	s_load_dwordx8 s[4:11], s[0:1], 0x8
	s_load_dwordx2 s[12:13], s[0:1], 0x28
	s_load_dword s14, s[0:1], 0x30
	s_waitcnt lgkmcnt(0)
	s_branch .LBB0_0
.LBB0_0:
	s_mov_b64 s[48:49], s[6:7]
	s_mov_b64 s[44:45], s[2:3]
	s_setreg_imm32_b32 hwreg(HW_REG_MODE, 23, 1), 1
	s_abs_i32 s1, s9
	v_cvt_f32_u32_e32 v2, s1
	v_readfirstlane_b32 s2, v0
	v_and_b32_e32 v12, 63, v0
	s_and_b32 s0, s2, 0xc0
	v_rcp_f32_e32 v2, v2
	v_or_b32_e32 v1, s0, v12
	s_lshl_b32 s3, s15, 6
	v_lshrrev_b32_e32 v3, 2, v1
	v_mul_f32_e32 v2, 0x4f7ffffe, v2
	v_cvt_u32_f32_e32 v2, v2
	s_sub_i32 s0, 0, s1
	v_or_b32_e32 v1, s3, v3
	v_mov_b32_e32 v4, s3
	v_mul_lo_u32 v5, s0, v2
	v_bitop3_b32 v3, v3, s9, v4 bitop3:0x36
	v_sub_u32_e32 v4, 0, v1
	v_mul_hi_u32 v5, v2, v5
	v_max_i32_e32 v4, v4, v1
	v_add_u32_e32 v2, v2, v5
	v_mul_hi_u32 v2, v4, v2
	v_mul_lo_u32 v5, v2, s1
	v_sub_u32_e32 v4, v4, v5
	v_add_u32_e32 v5, 1, v2
	v_cmp_le_u32_e32 vcc, s1, v4
	v_ashrrev_i32_e32 v3, 31, v3
	v_bfrev_b32_e32 v10, 1
	v_cndmask_b32_e32 v2, v2, v5, vcc
	v_subrev_u32_e32 v5, s1, v4
	v_cndmask_b32_e32 v4, v4, v5, vcc
	v_add_u32_e32 v5, 1, v2
	v_cmp_le_u32_e32 vcc, s1, v4
	v_cmp_gt_i32_e64 s[0:1], s8, v1
	s_and_b32 s45, s45, 0xffff
	v_cndmask_b32_e32 v2, v2, v5, vcc
	v_xor_b32_e32 v2, v2, v3
	v_sub_u32_e32 v2, v2, v3
	v_lshlrev_b32_e32 v3, 3, v0
	v_and_b32_e32 v11, 24, v3
	v_mul_lo_u32 v3, v2, s9
	v_sub_u32_e32 v3, v1, v3
	v_mul_lo_u32 v2, v2, s11
	v_lshlrev_b32_e32 v3, 5, v3
	v_add3_u32 v2, v2, v11, v3
	v_lshlrev_b32_e32 v3, 1, v2
	s_mov_b32 s47, 0x27000
	s_mov_b32 s46, 0x7ffffffe
	v_cndmask_b32_e64 v3, v10, v3, s[0:1]
	v_add_lshl_u32 v2, v2, s10, 1
	buffer_load_dwordx4 v[6:9], v3, s[44:47], 0 offen
	v_cndmask_b32_e64 v2, v10, v2, s[0:1]
	buffer_load_dwordx4 v[2:5], v2, s[44:47], 0 offen
	v_mov_b32_e32 v16, s14
	s_movk_i32 s40, 0x7fff
	s_mov_b32 s31, 0x44800000
	s_mov_b32 s36, 0x3fb8aa3b
	s_mov_b32 s28, 0x3f317000
	s_mov_b32 s29, 0x3805fdf4
	s_mov_b32 s15, 0x7149f2ca
	s_mov_b32 s54, 0x800000
	s_mov_b32 s55, 0x80800001
	v_mul_f32_e64 v13, s13, 0.5
	v_or_b32_e32 v12, s3, v12
	s_lshr_b32 s33, s2, 6
	v_cmp_gt_i32_e64 s[2:3], s8, v12
	s_mov_b32 s30, 0xbfb8aa3b
	s_movk_i32 s58, 0xff04
	s_movk_i32 s57, 0x7f81
	s_mov_b32 s56, 0x7f800000
	v_lshl_or_b32 v1, v1, 5, v11
	s_and_b32 s5, s5, 0xffff
	v_cndmask_b32_e64 v1, v10, v1, s[0:1]
	s_and_b32 s49, s49, 0xffff
	s_waitcnt vmcnt(1)
	v_and_b32_e32 v17, 0xffff0000, v7
	v_lshlrev_b32_e32 v18, 16, v7
	v_and_b32_e32 v19, 0x7fff, v7
	s_waitcnt vmcnt(0)
	v_and_b32_e32 v21, 0x7fff, v3
	v_cmp_lt_f32_e32 vcc, s14, v17
	v_and_b32_e32 v14, 0xffff0000, v6
	v_and_b32_e32 v20, 0x7fff, v6
	v_and_b32_e32 v22, 0x7fff, v2
	v_max_u16_e32 v43, v19, v21
	v_cndmask_b32_e32 v21, v17, v16, vcc
	v_cmp_lt_f32_e32 vcc, s14, v18
	v_lshlrev_b32_e32 v15, 16, v6
	v_and_b32_sdwa v7, v7, s40 dst_sel:DWORD dst_unused:UNUSED_PAD src0_sel:WORD_1 src1_sel:DWORD
	v_and_b32_sdwa v23, v3, s40 dst_sel:DWORD dst_unused:UNUSED_PAD src0_sel:WORD_1 src1_sel:DWORD
	v_max_u16_e32 v42, v20, v22
	v_cndmask_b32_e32 v20, v18, v16, vcc
	v_cmp_lt_f32_e32 vcc, s14, v14
	v_and_b32_e32 v25, 0xffff0000, v2
	v_max_u16_e32 v41, v7, v23
	v_cndmask_b32_e32 v23, v14, v16, vcc
	v_cmp_lt_f32_e32 vcc, s14, v15
	v_and_b32_sdwa v6, v6, s40 dst_sel:DWORD dst_unused:UNUSED_PAD src0_sel:WORD_1 src1_sel:DWORD
	v_and_b32_sdwa v24, v2, s40 dst_sel:DWORD dst_unused:UNUSED_PAD src0_sel:WORD_1 src1_sel:DWORD
	v_cndmask_b32_e32 v22, v15, v16, vcc
	v_cmp_lt_f32_e32 vcc, s14, v25
	v_max_u16_e32 v40, v6, v24
	v_lshlrev_b32_e32 v2, 16, v2
	v_cndmask_b32_e32 v6, v25, v16, vcc
	v_pk_mul_f32 v[24:25], s[12:13], v[22:23] op_sel_hi:[0,1]
	v_cmp_lt_f32_e64 s[6:7], v6, -s14
	v_cmp_lt_f32_e32 vcc, s14, v2
	v_min_f32_e64 v7, |v25|, s31
	v_cndmask_b32_e64 v15, v6, -v16, s[6:7]
	v_min_f32_e64 v6, |v24|, s31
	v_cndmask_b32_e32 v2, v2, v16, vcc
	v_pk_fma_f32 v[28:29], v[6:7], s[36:37], 0.5 op_sel_hi:[1,0,0]
	v_cmp_lt_f32_e64 s[6:7], v2, -s14
	v_floor_f32_e32 v28, v28
	v_cvt_i32_f32_e32 v17, v28
	v_cndmask_b32_e64 v14, v2, -v16, s[6:7]
	v_floor_f32_e32 v2, v29
	v_pk_mul_f32 v[32:33], v[2:3], s[28:29] op_sel_hi:[0,1]
	v_cvt_i32_f32_e32 v2, v2
	v_pk_mul_f32 v[30:31], v[28:29], s[28:29] op_sel_hi:[0,1]
	v_mov_b32_e32 v28, v30
	v_mov_b32_e32 v29, v32
	v_pk_mul_f32 v[18:19], v[14:15], 0.5 op_sel_hi:[1,0]
	v_mov_b32_e32 v32, v31
	v_pk_add_f32 v[6:7], v[6:7], v[28:29] neg_lo:[0,1] neg_hi:[0,1]
	v_min_i32_e32 v28, 0x7e, v17
	v_cmp_gt_f32_e64 s[18:19], |v14|, s15
	v_pk_add_f32 v[6:7], v[6:7], v[32:33] neg_lo:[0,1] neg_hi:[0,1]
	v_min_i32_e32 v29, 0x7e, v2
	v_lshlrev_b32_e32 v33, 23, v28
	v_cmp_gt_f32_e64 s[16:17], |v15|, s15
	v_cndmask_b32_e64 v28, v14, v18, s[18:19]
	v_and_b32_e32 v18, 0x7fffffff, v23
	v_and_b32_e32 v32, 0x7fffffff, v22
	v_lshlrev_b32_e32 v44, 23, v29
	v_cndmask_b32_e64 v29, v15, v19, s[16:17]
	v_cvt_f32_u32_e32 v14, v18
	v_cvt_f32_u32_e32 v15, v32
	v_cmp_gt_u32_e32 vcc, s54, v18
	v_cmp_gt_u32_e64 s[6:7], s54, v32
	v_xor_b32_e32 v45, v18, v23
	v_cndmask_b32_e64 v34, |v23|, v14, vcc
	v_cndmask_b32_e64 v35, |v22|, v15, s[6:7]
	v_mov_b32_e32 v14, 0xffffff81
	v_mov_b32_e32 v15, 0xfffffeec
	v_lshrrev_b32_e32 v37, 23, v35
	v_cndmask_b32_e64 v39, v14, v15, s[6:7]
	v_lshrrev_b32_e32 v36, 23, v34
	v_cndmask_b32_e32 v38, v14, v15, vcc
	v_add_u32_e32 v37, v37, v39
	v_add_u32_e32 v39, 0x80800000, v18
	v_and_b32_e32 v18, 0x7fffff, v34
	v_add_u32_e32 v36, v36, v38
	v_or3_b32 v18, v45, v18, 1.0
	v_cmp_gt_u32_e64 s[6:7], s55, v39
	v_mov_b32_e32 v19, s13
	v_cndmask_b32_e64 v31, v19, v13, s[16:17]
	v_cndmask_b32_e64 v48, v18, v23, s[6:7]
	v_cndmask_b32_e64 v18, v36, 0, s[6:7]
	v_cmp_gt_f32_e64 s[6:7], 0, v25
	v_add_u32_e32 v38, 0x80800000, v32
	v_xor_b32_e32 v46, v32, v22
	v_and_b32_e32 v32, 0x7fffff, v35
	v_cndmask_b32_e64 v2, 0, v2, s[6:7]
	v_addc_co_u32_e64 v18, s[16:17], 0, v18, s[16:17]
	v_or3_b32 v32, v46, v32, 1.0
	v_cmp_gt_u32_e32 vcc, s55, v38
	v_sub_u32_e32 v49, v18, v2
	v_and_b32_e32 v2, 0xffff0000, v3
	v_cndmask_b32_e32 v47, v32, v22, vcc
	v_cndmask_b32_e64 v34, v37, 0, vcc
	v_mov_b32_e32 v32, 0x204
	v_cmp_gt_f32_e32 vcc, 0, v24
	v_lshlrev_b32_e32 v3, 16, v3
	v_cmp_lt_f32_e64 s[16:17], s14, v2
	v_pk_mul_f32 v[26:27], s[12:13], v[20:21] op_sel_hi:[0,1]
	v_cndmask_b32_e64 v30, v19, v13, s[18:19]
	v_cmp_class_f32_e64 s[8:9], v22, v32
	v_cndmask_b32_e32 v17, 0, v17, vcc
	v_addc_co_u32_e64 v22, s[18:19], 0, v34, s[18:19]
	v_cndmask_b32_e64 v2, v2, v16, s[16:17]
	v_cmp_lt_f32_e64 s[16:17], s14, v3
	v_cmp_class_f32_e64 s[10:11], v23, v32
	v_sub_u32_e32 v17, v22, v17
	v_cndmask_b32_e64 v18, v3, v16, s[16:17]
	v_cmp_lt_f32_e64 s[16:17], v2, -s14
	v_min_f32_e64 v23, |v27|, s31
	v_min_f32_e64 v22, |v26|, s31
	v_cndmask_b32_e64 v3, v2, -v16, s[16:17]
	v_cmp_lt_f32_e64 s[16:17], v18, -s14
	v_pk_fma_f32 v[24:25], v[22:23], s[36:37], 0.5 op_sel_hi:[1,0,0]
	v_cmp_gt_f32_e64 s[20:21], |v3|, s15
	v_cndmask_b32_e64 v2, v18, -v16, s[16:17]
	v_floor_f32_e32 v18, v25
	v_floor_f32_e32 v24, v24
	v_pk_mul_f32 v[34:35], v[24:25], s[28:29] op_sel_hi:[0,1]
	v_pk_mul_f32 v[36:37], v[18:19], s[28:29] op_sel_hi:[0,1]
	v_mov_b32_e32 v38, v34
	v_mov_b32_e32 v39, v36
	v_pk_add_f32 v[22:23], v[22:23], v[38:39] neg_lo:[0,1] neg_hi:[0,1]
	v_mov_b32_e32 v36, v35
	v_pk_add_f32 v[22:23], v[22:23], v[36:37] neg_lo:[0,1] neg_hi:[0,1]
	v_and_b32_e32 v37, 0x7fffffff, v21
	v_and_b32_e32 v39, 0x7fffffff, v20
	v_cvt_f32_u32_e32 v38, v37
	v_cvt_f32_u32_e32 v50, v39
	v_cvt_i32_f32_e32 v34, v24
	v_cvt_i32_f32_e32 v18, v18
	v_cmp_gt_u32_e64 s[16:17], s54, v37
	v_cmp_gt_u32_e64 s[18:19], s54, v39
	v_min_i32_e32 v24, 0x7e, v34
	v_cndmask_b32_e64 v38, |v21|, v38, s[16:17]
	v_cndmask_b32_e64 v50, |v20|, v50, s[18:19]
	v_lshrrev_b32_e32 v51, 23, v38
	v_lshrrev_b32_e32 v52, 23, v50
	v_cndmask_b32_e64 v53, v14, v15, s[16:17]
	v_cndmask_b32_e64 v54, v14, v15, s[18:19]
	v_add_u32_e32 v52, v52, v54
	v_add_u32_e32 v51, v51, v53
	v_add_u32_e32 v53, 0x80800000, v39
	v_add_u32_e32 v54, 0x80800000, v37
	v_xor_b32_e32 v37, v37, v21
	v_and_b32_e32 v38, 0x7fffff, v38
	v_min_i32_e32 v25, 0x7e, v18
	v_xor_b32_e32 v39, v39, v20
	v_and_b32_e32 v50, 0x7fffff, v50
	v_or3_b32 v38, v37, v38, 1.0
	v_cmp_gt_u32_e64 s[16:17], s55, v53
	v_cmp_gt_u32_e64 s[18:19], s55, v54
	v_lshlrev_b32_e32 v35, 23, v24
	v_lshlrev_b32_e32 v36, 23, v25
	v_pk_mul_f32 v[24:25], v[2:3], 0.5 op_sel_hi:[1,0]
	v_cmp_gt_f32_e64 s[22:23], |v2|, s15
	v_or3_b32 v50, v39, v50, 1.0
	v_cndmask_b32_e64 v38, v38, v21, s[18:19]
	v_cndmask_b32_e64 v51, v51, 0, s[18:19]
	v_cndmask_b32_e64 v52, v52, 0, s[16:17]
	s_movk_i32 s37, 0x204
	v_cmp_gt_f32_e64 s[18:19], 0, v26
	v_pk_add_f32 v[28:29], v[28:29], v[30:31]
	v_cndmask_b32_e64 v3, v3, v25, s[20:21]
	v_cndmask_b32_e64 v2, v2, v24, s[22:23]
	v_cndmask_b32_e64 v24, v19, v13, s[22:23]
	v_cndmask_b32_e64 v25, v19, v13, s[20:21]
	v_cndmask_b32_e64 v50, v50, v20, s[16:17]
	v_cmp_class_f32_e64 s[34:35], v20, s37
	v_cmp_class_f32_e64 s[38:39], v21, s37
	v_cndmask_b32_e64 v20, 0, v34, s[18:19]
	v_cmp_gt_f32_e64 s[16:17], 0, v27
	v_addc_co_u32_e64 v21, s[22:23], 0, v52, s[22:23]
	v_and_b32_e32 v30, 0x7fffffff, v28
	v_cndmask_b32_e64 v18, 0, v18, s[16:17]
	v_addc_co_u32_e64 v26, s[20:21], 0, v51, s[20:21]
	v_sub_u32_e32 v34, v21, v20
	v_sub_u32_e32 v20, 1.0, v35
	v_pk_add_f32 v[2:3], v[2:3], v[24:25]
	v_and_b32_e32 v31, 0x7fffffff, v29
	v_cvt_f32_u32_e32 v35, v30
	v_sub_u32_e32 v18, v26, v18
	v_sub_u32_e32 v26, 1.0, v33
	v_and_b32_e32 v24, 0x7fffffff, v2
	v_cvt_f32_u32_e32 v33, v31
	v_sub_u32_e32 v27, 1.0, v44
	v_and_b32_e32 v25, 0x7fffffff, v3
	v_cvt_f32_u32_e32 v44, v24
	v_sub_u32_e32 v21, 1.0, v36
	v_cvt_f32_u32_e32 v36, v25
	v_cmp_gt_u32_e64 s[20:21], s54, v30
	v_cmp_gt_u32_e64 s[22:23], s54, v31
	v_cmp_gt_u32_e64 s[24:25], s54, v24
	v_cndmask_b32_e64 v35, v30, v35, s[20:21]
	v_cndmask_b32_e64 v33, v31, v33, s[22:23]
	v_lshrrev_b32_e32 v52, 23, v35
	v_cndmask_b32_e64 v55, v14, v15, s[20:21]
	v_cndmask_b32_e64 v44, v24, v44, s[24:25]
	v_cmp_gt_u32_e64 s[26:27], s54, v25
	v_lshrrev_b32_e32 v51, 23, v33
	v_add_u32_e32 v52, v52, v55
	v_cndmask_b32_e64 v55, v14, v15, s[22:23]
	v_cndmask_b32_e64 v36, v25, v36, s[26:27]
	v_lshrrev_b32_e32 v54, 23, v44
	v_add_u32_e32 v51, v51, v55
	v_cndmask_b32_e64 v55, v14, v15, s[24:25]
	v_lshrrev_b32_e32 v53, 23, v36
	v_add_u32_e32 v54, v54, v55
	v_cndmask_b32_e64 v55, v14, v15, s[26:27]
	v_add_u32_e32 v53, v53, v55
	v_xor_b32_e32 v55, v30, v28
	v_and_b32_e32 v35, 0x7fffff, v35
	v_pk_mul_f32 v[22:23], v[22:23], s[30:31] op_sel_hi:[1,0]
	v_or3_b32 v35, v55, v35, 1.0
	v_xor_b32_e32 v55, v31, v29
	v_and_b32_e32 v33, 0x7fffff, v33
	v_add_u32_e32 v30, 0x80800000, v30
	v_exp_f32_e32 v22, v22
	v_exp_f32_e32 v23, v23
	v_or3_b32 v33, v55, v33, 1.0
	v_xor_b32_e32 v55, v24, v2
	v_add_u32_e32 v24, 0x80800000, v24
	v_cmp_gt_u32_e64 s[26:27], s55, v30
	s_and_b64 s[8:9], vcc, s[8:9]
	v_add_u32_e32 v31, 0x80800000, v31
	v_cmp_gt_u32_e64 s[22:23], s55, v24
	v_cndmask_b32_e64 v24, v35, v28, s[26:27]
	v_cndmask_b32_e64 v28, v47, v46, s[8:9]
	s_and_b64 s[8:9], s[16:17], s[38:39]
	v_cmp_gt_u32_e64 s[24:25], s55, v31
	v_cndmask_b32_e64 v31, v38, v37, s[8:9]
	s_and_b64 s[8:9], s[18:19], s[34:35]
	v_cndmask_b32_e64 v30, v50, v39, s[8:9]
	v_pk_fma_f32 v[20:21], v[22:23], v[20:21], 1.0 op_sel_hi:[1,1,0]
	v_pk_mul_f32 v[22:23], v[22:23], v[30:31]
	v_pk_mul_f32 v[6:7], v[6:7], s[30:31] op_sel_hi:[1,0]
	v_cndmask_b32_e64 v23, v31, v23, s[16:17]
	v_exp_f32_e32 v6, v6
	v_exp_f32_e32 v7, v7
	v_and_b32_e32 v44, 0x7fffff, v44
	v_div_scale_f32 v31, s[8:9], v21, v21, v23
	v_or3_b32 v44, v55, v44, 1.0
	v_add_u32_e32 v55, 0x80800000, v25
	v_xor_b32_e32 v25, v25, v3
	v_and_b32_e32 v36, 0x7fffff, v36
	v_rcp_f32_e32 v37, v31
	v_or3_b32 v25, v25, v36, 1.0
	v_cmp_gt_u32_e64 s[20:21], s55, v55
	s_and_b64 s[10:11], s[6:7], s[10:11]
	v_pk_fma_f32 v[26:27], v[6:7], v[26:27], 1.0 op_sel_hi:[1,1,0]
	v_cndmask_b32_e64 v3, v25, v3, s[20:21]
	v_cndmask_b32_e64 v25, v33, v29, s[24:25]
	v_cndmask_b32_e64 v29, v48, v45, s[10:11]
	v_pk_mul_f32 v[6:7], v[6:7], v[28:29]
	v_cndmask_b32_e64 v2, v44, v2, s[22:23]
	v_cndmask_b32_e64 v29, v29, v7, s[6:7]
	v_fma_f32 v7, -v31, v37, 1.0
	v_cndmask_b32_e32 v28, v28, v6, vcc
	v_fmac_f32_e32 v37, v7, v37
	v_div_scale_f32 v7, vcc, v23, v21, v23
	v_cndmask_b32_e64 v6, v30, v22, s[18:19]
	v_mul_f32_e32 v22, v7, v37
	v_fma_f32 v30, -v31, v22, v7
	v_fmac_f32_e32 v22, v30, v37
	v_div_scale_f32 v30, s[6:7], v20, v20, v6
	v_fma_f32 v7, -v31, v22, v7
	v_rcp_f32_e32 v31, v30
	v_div_fmas_f32 v7, v7, v37, v22
	v_div_fixup_f32 v7, v7, v21, v23
	v_cndmask_b32_e64 v33, v51, 0, s[24:25]
	v_fma_f32 v21, -v30, v31, 1.0
	v_fmac_f32_e32 v31, v21, v31
	v_div_scale_f32 v21, vcc, v6, v20, v6
	v_mul_f32_e32 v22, v21, v31
	v_fma_f32 v23, -v30, v22, v21
	v_fmac_f32_e32 v22, v23, v31
	v_div_scale_f32 v23, s[6:7], v27, v27, v29
	v_fma_f32 v21, -v30, v22, v21
	v_rcp_f32_e32 v30, v23
	v_div_fmas_f32 v21, v21, v31, v22
	v_div_fixup_f32 v6, v21, v20, v6
	v_cndmask_b32_e64 v35, v52, 0, s[26:27]
	v_fma_f32 v20, -v23, v30, 1.0
	v_fmac_f32_e32 v30, v20, v30
	v_div_scale_f32 v20, vcc, v29, v27, v29
	v_mul_f32_e32 v21, v20, v30
	v_fma_f32 v22, -v23, v21, v20
	v_fmac_f32_e32 v21, v22, v30
	v_div_scale_f32 v22, s[6:7], v26, v26, v28
	v_fma_f32 v20, -v23, v21, v20
	v_rcp_f32_e32 v23, v22
	v_div_fmas_f32 v20, v20, v30, v21
	v_div_fixup_f32 v21, v20, v27, v29
	v_cndmask_b32_e64 v36, v53, 0, s[20:21]
	v_fma_f32 v20, -v22, v23, 1.0
	v_fmac_f32_e32 v23, v20, v23
	v_div_scale_f32 v20, vcc, v28, v26, v28
	v_mul_f32_e32 v27, v20, v23
	v_fma_f32 v29, -v22, v27, v20
	v_fmac_f32_e32 v27, v29, v23
	v_fma_f32 v20, -v22, v27, v20
	v_cndmask_b32_e64 v44, v54, 0, s[22:23]
	v_div_fmas_f32 v20, v20, v23, v27
	v_div_fixup_f32 v20, v20, v26, v28
	v_pk_mul_f32 v[2:3], v[6:7], v[2:3]
	v_add_u32_e32 v6, v17, v35
	v_add_u32_e32 v7, v49, v33
	v_add_u32_e32 v17, v34, v44
	v_add_u32_e32 v18, v18, v36
	v_bfrev_b32_e32 v29, 0.5
	v_pk_mul_f32 v[20:21], v[20:21], v[24:25]
	v_med3_i32 v18, v18, s58, v29
	v_med3_i32 v17, v17, s58, v29
	v_med3_i32 v24, v7, s58, v29
	v_med3_i32 v25, v6, s58, v29
	v_ashrrev_i32_e32 v26, 1, v17
	v_ashrrev_i32_e32 v27, 1, v18
	v_ashrrev_i32_e32 v28, 1, v25
	v_ashrrev_i32_e32 v30, 1, v24
	v_lshl_add_u32 v7, v30, 23, 1.0
	v_lshl_add_u32 v6, v28, 23, 1.0
	v_lshl_add_u32 v23, v27, 23, 1.0
	v_lshl_add_u32 v22, v26, 23, 1.0
	v_sub_u32_e32 v17, v17, v26
	v_sub_u32_e32 v18, v18, v27
	v_pk_mul_f32 v[2:3], v[2:3], v[22:23]
	v_pk_mul_f32 v[6:7], v[20:21], v[6:7]
	v_sub_u32_e32 v22, v25, v28
	v_sub_u32_e32 v23, v24, v30
	v_lshl_add_u32 v21, v18, 23, 1.0
	v_lshl_add_u32 v20, v17, 23, 1.0
	v_lshl_add_u32 v23, v23, 23, 1.0
	v_lshl_add_u32 v22, v22, 23, 1.0
	v_pk_mul_f32 v[2:3], v[2:3], v[20:21]
	v_mov_b32_e32 v28, 0x7fc00000
	v_cmp_gt_u16_e32 vcc, s57, v43
	v_pk_mul_f32 v[6:7], v[6:7], v[22:23]
	v_lshlrev_b32_e32 v35, 16, v9
	v_cndmask_b32_e32 v20, v28, v2, vcc
	v_cmp_gt_u16_e32 vcc, s57, v42
	v_and_b32_e32 v23, 0x7fffffff, v20
	v_cmp_lt_u32_e64 s[34:35], s56, v23
	v_cndmask_b32_e32 v24, v28, v6, vcc
	v_cmp_gt_u16_e32 vcc, s57, v41
	v_and_b32_e32 v27, 0x7fffffff, v24
	v_cmp_lt_u32_e64 s[10:11], s56, v27
	v_cndmask_b32_e32 v21, v28, v3, vcc
	v_cmp_gt_u16_e32 vcc, s57, v40
	v_and_b32_e32 v22, 0x7fffffff, v21
	v_cmp_lt_u32_e64 s[6:7], s56, v22
	v_cndmask_b32_e32 v25, v28, v7, vcc
	v_and_b32_e32 v26, 0x7fffffff, v25
	v_cmp_lt_u32_e64 s[8:9], s56, v26
	v_cndmask_b32_e64 v3, |v21|, 0, s[6:7]
	v_and_b32_e32 v34, 0x7fff, v5
	v_cndmask_b32_e64 v2, |v25|, 0, s[8:9]
	v_max_u32_e32 v6, v27, v2
	v_cndmask_b32_e64 v30, v6, v2, s[10:11]
	v_max_u32_e32 v2, v23, v3
	v_cndmask_b32_e64 v31, v2, v3, s[34:35]
	v_and_b32_e32 v2, 0xffff0000, v9
	v_and_b32_e32 v3, 0x7fff, v9
	v_cmp_lt_f32_e32 vcc, s14, v2
	v_and_b32_e32 v6, 0xffff0000, v8
	v_max_u16_e32 v34, v3, v34
	v_cndmask_b32_e32 v3, v2, v16, vcc
	v_cmp_lt_f32_e32 vcc, s14, v35
	v_lshlrev_b32_e32 v7, 16, v8
	v_and_b32_sdwa v9, v9, s40 dst_sel:DWORD dst_unused:UNUSED_PAD src0_sel:WORD_1 src1_sel:DWORD
	v_and_b32_sdwa v37, v5, s40 dst_sel:DWORD dst_unused:UNUSED_PAD src0_sel:WORD_1 src1_sel:DWORD
	v_cndmask_b32_e32 v2, v35, v16, vcc
	v_cmp_lt_f32_e32 vcc, s14, v6
	v_and_b32_e32 v33, 0x7fff, v8
	v_and_b32_e32 v36, 0x7fff, v4
	v_max_u16_e32 v9, v9, v37
	v_cndmask_b32_e32 v37, v6, v16, vcc
	v_cmp_lt_f32_e32 vcc, s14, v7
	v_and_b32_sdwa v8, v8, s40 dst_sel:DWORD dst_unused:UNUSED_PAD src0_sel:WORD_1 src1_sel:DWORD
	v_and_b32_sdwa v38, v4, s40 dst_sel:DWORD dst_unused:UNUSED_PAD src0_sel:WORD_1 src1_sel:DWORD
	v_max_u16_e32 v33, v33, v36
	v_cndmask_b32_e32 v36, v7, v16, vcc
	v_pk_mul_f32 v[6:7], s[12:13], v[2:3] op_sel_hi:[0,1]
	v_max_u16_e32 v8, v8, v38
	v_pk_mul_f32 v[38:39], s[12:13], v[36:37] op_sel_hi:[0,1]
	v_min_f32_e64 v41, |v7|, s31
	v_min_f32_e64 v40, |v6|, s31
	v_pk_fma_f32 v[42:43], v[40:41], s[36:37], 0.5 op_sel_hi:[1,0,0]
	v_cmp_gt_f32_e64 s[12:13], 0, v7
	v_cmp_gt_f32_e32 vcc, 0, v6
	v_min_f32_e64 v7, |v39|, s31
	v_min_f32_e64 v6, |v38|, s31
	v_floor_f32_e32 v44, v43
	v_and_b32_e32 v43, 0xffff0000, v4
	v_pk_fma_f32 v[46:47], v[6:7], s[36:37], 0.5 op_sel_hi:[1,0,0]
	v_floor_f32_e32 v42, v42
	v_floor_f32_e32 v48, v47
	v_floor_f32_e32 v46, v46
	v_lshlrev_b32_e32 v4, 16, v4
	v_cmp_lt_f32_e64 s[16:17], s14, v43
	v_cvt_i32_f32_e32 v49, v42
	v_pk_mul_f32 v[50:51], v[46:47], s[28:29] op_sel_hi:[0,1]
	v_pk_mul_f32 v[52:53], v[48:49], s[28:29] op_sel_hi:[0,1]
	v_cndmask_b32_e64 v43, v43, v16, s[16:17]
	v_cmp_lt_f32_e64 s[16:17], s14, v4
	v_mov_b32_e32 v54, v50
	v_mov_b32_e32 v55, v52
	v_cndmask_b32_e64 v4, v4, v16, s[16:17]
	v_cmp_lt_f32_e64 s[16:17], v43, -s14
	v_and_b32_e32 v50, 0x7fffffff, v36
	v_pk_add_f32 v[6:7], v[6:7], v[54:55] neg_lo:[0,1] neg_hi:[0,1]
	v_cndmask_b32_e64 v55, v43, -v16, s[16:17]
	v_cmp_lt_f32_e64 s[16:17], v4, -s14
	v_mov_b32_e32 v52, v51
	v_and_b32_e32 v45, 0x7fffffff, v37
	v_cvt_f32_u32_e32 v51, v50
	v_cndmask_b32_e64 v54, v4, -v16, s[16:17]
	v_cvt_i32_f32_e32 v4, v48
	v_cvt_f32_u32_e32 v48, v45
	v_cmp_gt_u32_e64 s[22:23], s54, v50
	v_cvt_i32_f32_e32 v43, v46
	v_pk_mul_f32 v[46:47], v[54:55], 0.5 op_sel_hi:[1,0]
	v_cmp_gt_f32_e64 s[18:19], |v54|, s15
	v_cmp_gt_u32_e64 s[20:21], s54, v45
	v_cndmask_b32_e64 v51, |v36|, v51, s[22:23]
	v_pk_add_f32 v[6:7], v[6:7], v[52:53] neg_lo:[0,1] neg_hi:[0,1]
	v_cndmask_b32_e64 v46, v54, v46, s[18:19]
	v_cndmask_b32_e64 v48, |v37|, v48, s[20:21]
	v_lshrrev_b32_e32 v53, 23, v51
	v_cndmask_b32_e64 v54, v14, v15, s[22:23]
	v_cmp_gt_f32_e64 s[16:17], |v55|, s15
	v_lshrrev_b32_e32 v52, 23, v48
	v_add_u32_e32 v53, v53, v54
	v_cndmask_b32_e64 v54, v14, v15, s[20:21]
	v_cndmask_b32_e64 v47, v55, v47, s[16:17]
	v_add_u32_e32 v52, v52, v54
	v_add_u32_e32 v54, 0x80800000, v45
	v_xor_b32_e32 v55, v45, v37
	v_and_b32_e32 v45, 0x7fffff, v48
	v_add_u32_e32 v48, 0x80800000, v50
	v_xor_b32_e32 v50, v50, v36
	v_and_b32_e32 v51, 0x7fffff, v51
	v_or3_b32 v45, v55, v45, 1.0
	v_cmp_gt_u32_e64 s[20:21], s55, v54
	v_or3_b32 v51, v50, v51, 1.0
	v_cmp_gt_u32_e64 s[22:23], s55, v48
	v_cndmask_b32_e64 v54, v45, v37, s[20:21]
	v_cndmask_b32_e64 v45, v52, 0, s[20:21]
	v_cndmask_b32_e64 v51, v51, v36, s[22:23]
	v_cndmask_b32_e64 v52, v53, 0, s[22:23]
	v_cmp_gt_f32_e64 s[20:21], 0, v38
	v_cmp_gt_f32_e64 s[22:23], 0, v39
	v_min_i32_e32 v48, 0x7e, v43
	v_cmp_class_f32_e64 s[26:27], v37, v32
	v_cmp_class_f32_e64 s[24:25], v36, v32
	v_min_i32_e32 v32, 0x7e, v4
	v_cndmask_b32_e64 v37, v19, v13, s[16:17]
	v_cndmask_b32_e64 v38, 0, v43, s[20:21]
	v_cndmask_b32_e64 v4, 0, v4, s[22:23]
	v_addc_co_u32_e64 v43, s[16:17], 0, v45, s[16:17]
	v_cndmask_b32_e64 v36, v19, v13, s[18:19]
	v_addc_co_u32_e64 v39, s[18:19], 0, v52, s[18:19]
	v_sub_u32_e32 v52, v43, v4
	v_and_b32_e32 v4, 0xffff0000, v5
	v_lshlrev_b32_e32 v5, 16, v5
	v_cmp_lt_f32_e64 s[16:17], s14, v4
	v_sub_u32_e32 v53, v39, v38
	v_cvt_i32_f32_e32 v35, v44
	v_cndmask_b32_e64 v4, v4, v16, s[16:17]
	v_cmp_lt_f32_e64 s[16:17], s14, v5
	v_lshlrev_b32_e32 v32, 23, v32
	v_cmp_class_f32_e64 s[50:51], v2, s37
	v_cndmask_b32_e64 v38, v5, v16, s[16:17]
	v_cmp_lt_f32_e64 s[16:17], v4, -s14
	v_pk_mul_f32 v[6:7], v[6:7], s[30:31] op_sel_hi:[1,0]
	v_lshlrev_b32_e32 v48, 23, v48
	v_cndmask_b32_e64 v5, v4, -v16, s[16:17]
	v_cmp_lt_f32_e64 s[16:17], v38, -s14
	v_pk_add_f32 v[36:37], v[46:47], v[36:37]
	v_cmp_class_f32_e64 s[52:53], v3, s37
	v_cndmask_b32_e64 v4, v38, -v16, s[16:17]
	v_pk_mul_f32 v[38:39], v[42:43], s[28:29] op_sel_hi:[0,1]
	v_pk_mul_f32 v[42:43], v[44:45], s[28:29] op_sel_hi:[0,1]
	v_mov_b32_e32 v44, v38
	v_mov_b32_e32 v45, v42
	v_pk_add_f32 v[40:41], v[40:41], v[44:45] neg_lo:[0,1] neg_hi:[0,1]
	v_mov_b32_e32 v42, v39
	v_pk_add_f32 v[38:39], v[40:41], v[42:43] neg_lo:[0,1] neg_hi:[0,1]
	v_min_i32_e32 v40, 0x7e, v35
	v_lshlrev_b32_e32 v42, 23, v40
	v_pk_mul_f32 v[40:41], v[4:5], 0.5 op_sel_hi:[1,0]
	v_cmp_gt_f32_e64 s[16:17], |v5|, s15
	v_cmp_gt_f32_e64 s[18:19], |v4|, s15
	v_and_b32_e32 v43, 0x7fffffff, v2
	v_cndmask_b32_e64 v5, v5, v41, s[16:17]
	v_cndmask_b32_e64 v4, v4, v40, s[18:19]
	v_cndmask_b32_e64 v40, v19, v13, s[18:19]
	v_cndmask_b32_e64 v41, v19, v13, s[16:17]
	v_and_b32_e32 v13, 0x7fffffff, v3
	v_cvt_f32_u32_e32 v19, v13
	v_cvt_f32_u32_e32 v44, v43
	v_cmp_gt_u32_e64 s[14:15], s54, v13
	v_cmp_gt_u32_e64 s[28:29], s54, v43
	v_min_i32_e32 v16, 0x7e, v49
	v_cndmask_b32_e64 v19, |v3|, v19, s[14:15]
	v_cndmask_b32_e64 v44, |v2|, v44, s[28:29]
	v_lshrrev_b32_e32 v45, 23, v19
	v_cndmask_b32_e64 v57, v14, v15, s[14:15]
	v_add_u32_e32 v45, v45, v57
	v_add_u32_e32 v57, 0x80800000, v43
	v_xor_b32_e32 v59, v43, v2
	v_and_b32_e32 v43, 0x7fffff, v44
	v_lshlrev_b32_e32 v16, 23, v16
	v_lshrrev_b32_e32 v56, 23, v44
	v_cndmask_b32_e64 v58, v14, v15, s[28:29]
	v_or3_b32 v43, v59, v43, 1.0
	v_cmp_gt_u32_e64 s[28:29], s55, v57
	v_pk_add_f32 v[4:5], v[4:5], v[40:41]
	v_add_u32_e32 v56, v56, v58
	v_add_u32_e32 v58, 0x80800000, v13
	v_xor_b32_e32 v13, v13, v3
	v_and_b32_e32 v19, 0x7fffff, v19
	v_cndmask_b32_e64 v44, v43, v2, s[28:29]
	v_sub_u32_e32 v2, 1.0, v16
	v_and_b32_e32 v16, 0x7fffffff, v4
	v_pk_mul_f32 v[38:39], v[38:39], s[30:31] op_sel_hi:[1,0]
	v_or3_b32 v19, v13, v19, 1.0
	v_cmp_gt_u32_e64 s[30:31], s55, v58
	v_sub_u32_e32 v43, 1.0, v32
	v_and_b32_e32 v32, 0x7fffffff, v5
	v_cvt_f32_u32_e32 v46, v16
	v_cndmask_b32_e64 v19, v19, v3, s[30:31]
	v_sub_u32_e32 v3, 1.0, v42
	v_sub_u32_e32 v42, 1.0, v48
	v_cvt_f32_u32_e32 v48, v32
	v_cmp_gt_u32_e64 s[14:15], s54, v16
	v_cmp_gt_u32_e64 s[36:37], s54, v32
	v_and_b32_e32 v40, 0x7fffffff, v36
	v_cndmask_b32_e64 v46, v16, v46, s[14:15]
	v_cndmask_b32_e64 v48, v32, v48, s[36:37]
	v_add_u32_e32 v57, 0x80800000, v16
	v_xor_b32_e32 v16, v16, v4
	v_and_b32_e32 v58, 0x7fffff, v46
	v_and_b32_e32 v41, 0x7fffffff, v37
	v_cvt_f32_u32_e32 v47, v40
	v_or3_b32 v16, v16, v58, 1.0
	v_cmp_gt_u32_e64 s[38:39], s55, v57
	v_xor_b32_e32 v57, v32, v5
	v_and_b32_e32 v58, 0x7fffff, v48
	v_or3_b32 v57, v57, v58, 1.0
	v_cvt_f32_u32_e32 v58, v41
	v_cmp_gt_u32_e64 s[40:41], s54, v40
	v_add_u32_e32 v32, 0x80800000, v32
	v_exp_f32_e32 v6, v6
	v_exp_f32_e32 v7, v7
	v_cndmask_b32_e64 v47, v40, v47, s[40:41]
	v_cmp_gt_u32_e64 s[42:43], s54, v41
	v_cmp_gt_u32_e64 s[44:45], s55, v32
	v_cndmask_b32_e64 v4, v16, v4, s[38:39]
	v_cndmask_b32_e64 v58, v41, v58, s[42:43]
	v_cndmask_b32_e64 v5, v57, v5, s[44:45]
	v_cndmask_b32_e64 v16, v14, v15, s[42:43]
	v_cndmask_b32_e64 v32, v14, v15, s[40:41]
	v_cndmask_b32_e64 v57, v14, v15, s[36:37]
	v_cndmask_b32_e64 v14, v14, v15, s[14:15]
	v_lshrrev_b32_e32 v15, 23, v47
	v_add_u32_e32 v32, v15, v32
	v_lshrrev_b32_e32 v15, 23, v58
	v_add_u32_e32 v16, v15, v16
	v_lshrrev_b32_e32 v15, 23, v46
	v_add_u32_e32 v46, v15, v14
	v_pk_fma_f32 v[14:15], v[6:7], v[42:43], 1.0 op_sel_hi:[1,1,0]
	v_xor_b32_e32 v43, v40, v36
	v_and_b32_e32 v47, 0x7fffff, v47
	v_lshrrev_b32_e32 v42, 23, v48
	v_or3_b32 v43, v43, v47, 1.0
	v_add_u32_e32 v47, 0x80800000, v41
	v_xor_b32_e32 v41, v41, v37
	v_and_b32_e32 v48, 0x7fffff, v58
	v_or3_b32 v41, v41, v48, 1.0
	v_cmp_gt_u32_e64 s[14:15], s55, v47
	v_exp_f32_e32 v38, v38
	v_exp_f32_e32 v39, v39
	v_cndmask_b32_e64 v37, v41, v37, s[14:15]
	v_cndmask_b32_e64 v16, v16, 0, s[14:15]
	s_and_b64 s[14:15], s[22:23], s[26:27]
	v_add_u32_e32 v40, 0x80800000, v40
	v_cndmask_b32_e64 v41, v54, v55, s[14:15]
	s_and_b64 s[14:15], s[20:21], s[24:25]
	v_cndmask_b32_e64 v56, v56, 0, s[28:29]
	v_cmp_gt_u32_e64 s[28:29], s55, v40
	v_cndmask_b32_e64 v40, v51, v50, s[14:15]
	s_and_b64 s[14:15], s[12:13], s[52:53]
	v_add_u32_e32 v42, v42, v57
	v_cndmask_b32_e64 v36, v43, v36, s[28:29]
	v_cndmask_b32_e64 v43, v19, v13, s[14:15]
	s_and_b64 s[14:15], vcc, s[50:51]
	v_cndmask_b32_e64 v47, v42, 0, s[44:45]
	v_cndmask_b32_e64 v42, v44, v59, s[14:15]
	v_pk_fma_f32 v[2:3], v[38:39], v[2:3], 1.0 op_sel_hi:[1,1,0]
	v_pk_mul_f32 v[38:39], v[38:39], v[42:43]
	v_cndmask_b32_e64 v35, 0, v35, s[12:13]
	v_cndmask_b32_e64 v13, v43, v39, s[12:13]
	v_div_scale_f32 v19, s[12:13], v3, v3, v13
	v_rcp_f32_e32 v39, v19
	v_pk_mul_f32 v[6:7], v[6:7], v[40:41]
	v_cndmask_b32_e32 v49, 0, v49, vcc
	v_cndmask_b32_e64 v6, v40, v6, s[20:21]
	v_fma_f32 v40, -v19, v39, 1.0
	v_cndmask_b32_e32 v38, v42, v38, vcc
	v_fmac_f32_e32 v39, v40, v39
	v_div_scale_f32 v40, vcc, v13, v3, v13
	v_cndmask_b32_e64 v7, v41, v7, s[22:23]
	v_mul_f32_e32 v41, v40, v39
	v_fma_f32 v42, -v19, v41, v40
	v_fmac_f32_e32 v41, v42, v39
	v_fma_f32 v19, -v19, v41, v40
	v_div_scale_f32 v40, s[12:13], v2, v2, v38
	v_rcp_f32_e32 v42, v40
	v_div_fmas_f32 v19, v19, v39, v41
	v_div_fixup_f32 v3, v19, v3, v13
	v_cndmask_b32_e64 v45, v45, 0, s[30:31]
	v_fma_f32 v13, -v40, v42, 1.0
	v_fmac_f32_e32 v42, v13, v42
	v_div_scale_f32 v13, vcc, v38, v2, v38
	v_mul_f32_e32 v19, v13, v42
	v_fma_f32 v39, -v40, v19, v13
	v_fmac_f32_e32 v19, v39, v42
	v_div_scale_f32 v39, s[12:13], v15, v15, v7
	v_fma_f32 v13, -v40, v19, v13
	v_rcp_f32_e32 v40, v39
	v_div_fmas_f32 v13, v13, v42, v19
	v_div_fixup_f32 v2, v13, v2, v38
	v_cndmask_b32_e64 v32, v32, 0, s[28:29]
	v_fma_f32 v13, -v39, v40, 1.0
	v_fmac_f32_e32 v40, v13, v40
	v_div_scale_f32 v13, vcc, v7, v15, v7
	v_mul_f32_e32 v19, v13, v40
	v_fma_f32 v38, -v39, v19, v13
	v_fmac_f32_e32 v19, v38, v40
	v_div_scale_f32 v38, s[12:13], v14, v14, v6
	v_fma_f32 v13, -v39, v19, v13
	v_rcp_f32_e32 v39, v38
	v_div_fmas_f32 v13, v13, v40, v19
	v_div_fixup_f32 v7, v13, v15, v7
	v_cndmask_b32_e64 v46, v46, 0, s[38:39]
	v_fma_f32 v13, -v38, v39, 1.0
	v_fmac_f32_e32 v39, v13, v39
	v_div_scale_f32 v13, vcc, v6, v14, v6
	v_mul_f32_e32 v15, v13, v39
	v_fma_f32 v19, -v38, v15, v13
	v_fmac_f32_e32 v15, v19, v39
	v_fma_f32 v13, -v38, v15, v13
	v_div_fmas_f32 v13, v13, v39, v15
	v_div_fixup_f32 v6, v13, v14, v6
	v_addc_co_u32_e64 v13, vcc, 0, v56, s[18:19]
	v_addc_co_u32_e64 v14, vcc, 0, v45, s[16:17]
	v_pk_mul_f32 v[2:3], v[2:3], v[4:5]
	v_add_u32_e32 v4, v53, v32
	v_add_u32_e32 v5, v52, v16
	v_sub_u32_e32 v14, v14, v35
	v_sub_u32_e32 v13, v13, v49
	v_add_u32_e32 v13, v13, v46
	v_add_u32_e32 v14, v14, v47
	v_med3_i32 v16, v5, s58, v29
	v_med3_i32 v19, v4, s58, v29
	v_pk_mul_f32 v[6:7], v[6:7], v[36:37]
	v_med3_i32 v32, v14, s58, v29
	v_med3_i32 v13, v13, s58, v29
	v_ashrrev_i32_e32 v36, 1, v19
	v_ashrrev_i32_e32 v37, 1, v16
	v_ashrrev_i32_e32 v29, 1, v13
	v_ashrrev_i32_e32 v35, 1, v32
	v_lshl_add_u32 v5, v37, 23, 1.0
	v_lshl_add_u32 v4, v36, 23, 1.0
	v_lshl_add_u32 v15, v35, 23, 1.0
	v_lshl_add_u32 v14, v29, 23, 1.0
	v_pk_mul_f32 v[4:5], v[6:7], v[4:5]
	v_sub_u32_e32 v6, v13, v29
	v_sub_u32_e32 v7, v32, v35
	v_pk_mul_f32 v[2:3], v[2:3], v[14:15]
	v_sub_u32_e32 v14, v19, v36
	v_sub_u32_e32 v15, v16, v37
	v_lshl_add_u32 v7, v7, 23, 1.0
	v_lshl_add_u32 v6, v6, 23, 1.0
	v_lshl_add_u32 v15, v15, 23, 1.0
	v_lshl_add_u32 v14, v14, 23, 1.0
	v_pk_mul_f32 v[2:3], v[2:3], v[6:7]
	v_cmp_gt_u16_e32 vcc, s57, v34
	v_pk_mul_f32 v[4:5], v[4:5], v[14:15]
	s_mov_b32 s14, 0x600000
	v_cndmask_b32_e32 v13, v28, v2, vcc
	v_cmp_gt_u16_e32 vcc, s57, v33
	v_cmp_gt_u32_e64 s[20:21], s54, v27
	v_cvt_f32_u32_e32 v6, v22
	v_cndmask_b32_e32 v14, v28, v4, vcc
	v_cmp_gt_u16_e32 vcc, s57, v9
	v_and_b32_e32 v19, 0x7fffffff, v14
	v_cmp_lt_u32_e64 s[16:17], s56, v19
	v_cndmask_b32_e32 v15, v28, v3, vcc
	v_cmp_gt_u16_e32 vcc, s57, v8
	v_and_b32_e32 v16, 0x7fffffff, v15
	v_lshrrev_b32_e32 v17, 24, v20
	v_cndmask_b32_e32 v8, v28, v5, vcc
	v_and_b32_e32 v9, 0x7fffffff, v8
	v_cmp_lt_u32_e64 s[12:13], s56, v9
	v_cmp_lt_u32_e32 vcc, s56, v16
	v_and_b32_e32 v28, 0x7fffffff, v13
	v_cndmask_b32_e64 v2, |v8|, 0, s[12:13]
	v_cndmask_b32_e64 v3, |v15|, 0, vcc
	v_max_u32_e32 v4, v19, v2
	v_cndmask_b32_e64 v2, v4, v2, s[16:17]
	v_max_u32_e32 v4, v28, v3
	v_cmp_lt_u32_e64 s[18:19], s56, v28
	v_max3_u32 v2, v30, v31, v2
	v_lshrrev_b32_e32 v34, 24, v8
	v_cndmask_b32_e64 v3, v4, v3, s[18:19]
	v_max_u32_e32 v2, v2, v3
	v_lshrrev_b32_e32 v33, 24, v14
	v_lshrrev_b32_e32 v29, 24, v13
	v_max_i32_dpp v2, v2, v2 quad_perm:[2,3,0,1] row_mask:0xf bank_mask:0xf bound_ctrl:1
	v_lshrrev_b32_e32 v32, 24, v15
	v_lshrrev_b32_e32 v18, 24, v21
	v_max_i32_dpp v2, v2, v2 quad_perm:[1,0,3,2] row_mask:0xf bank_mask:0xf bound_ctrl:1
	v_max_u32_e32 v2, 0x800000, v2
	v_and_b32_e32 v3, 0x7fffff, v2
	v_lshrrev_b32_e32 v2, 23, v2
	v_cmp_lt_u32_e64 s[14:15], s14, v3
	v_cvt_f32_u32_e32 v3, v26
	v_lshrrev_b32_e32 v61, 24, v25
	v_addc_co_u32_e64 v2, s[14:15], -8, v2, s[14:15]
	v_max_i32_e32 v30, 0, v2
	v_sub_u32_e32 v2, 0xffffffea, v30
	v_max_u32_e32 v35, 0xffffff82, v2
	v_cvt_f32_u32_e32 v2, v27
	v_sub_u32_e32 v31, 0x7f, v30
	v_cmp_gt_u32_e64 s[14:15], s54, v26
	v_cndmask_b32_e64 v4, v31, v35, s[20:21]
	v_cndmask_b32_e64 v2, |v24|, v2, s[20:21]
	v_cndmask_b32_e64 v5, v31, v35, s[14:15]
	v_cndmask_b32_e64 v3, |v25|, v3, s[14:15]
	v_lshl_add_u32 v5, v5, 23, 1.0
	v_lshl_add_u32 v4, v4, 23, 1.0
	v_pk_mul_f32 v[2:3], v[2:3], v[4:5]
	v_cvt_f32_u32_e32 v4, v23
	v_cmp_gt_u32_e64 s[14:15], s54, v22
	v_cmp_gt_u32_e64 s[20:21], s54, v23
	v_lshrrev_b32_e32 v60, 24, v24
	v_cndmask_b32_e64 v5, |v21|, v6, s[14:15]
	v_cndmask_b32_e64 v6, v31, v35, s[20:21]
	v_cndmask_b32_e64 v7, v31, v35, s[14:15]
	v_cndmask_b32_e64 v4, |v20|, v4, s[20:21]
	v_lshl_add_u32 v7, v7, 23, 1.0
	v_lshl_add_u32 v6, v6, 23, 1.0
	v_cvt_f32_u32_e32 v20, v9
	v_pk_mul_f32 v[4:5], v[4:5], v[6:7]
	v_cvt_f32_u32_e32 v6, v19
	v_cmp_gt_u32_e64 s[14:15], s54, v9
	v_cmp_gt_u32_e64 s[20:21], s54, v19
	s_cmp_eq_u32 s33, 0
	v_cndmask_b32_e64 v7, |v8|, v20, s[14:15]
	v_cndmask_b32_e64 v8, v31, v35, s[20:21]
	v_cndmask_b32_e64 v9, v31, v35, s[14:15]
	v_cndmask_b32_e64 v6, |v14|, v6, s[20:21]
	v_lshl_add_u32 v9, v9, 23, 1.0
	v_lshl_add_u32 v8, v8, 23, 1.0
	v_cvt_f32_u32_e32 v14, v16
	v_pk_mul_f32 v[6:7], v[6:7], v[8:9]
	v_cvt_f32_u32_e32 v8, v28
	v_cmp_gt_u32_e64 s[14:15], s54, v16
	v_cmp_gt_u32_e64 s[20:21], s54, v28
	s_cselect_b64 s[0:1], -1, 0
	v_cndmask_b32_e64 v9, |v15|, v14, s[14:15]
	v_cndmask_b32_e64 v8, |v13|, v8, s[20:21]
	v_cndmask_b32_e64 v13, v31, v35, s[20:21]
	v_cndmask_b32_e64 v14, v31, v35, s[14:15]
	s_mov_b32 s20, 0x43e00000
	v_lshl_add_u32 v15, v14, 23, 1.0
	v_lshl_add_u32 v14, v13, 23, 1.0
	v_mov_b32_e32 v13, 0x43e00000
	v_cmp_nlt_f32_e64 s[14:15], s20, v2
	v_pk_mul_f32 v[8:9], v[8:9], v[14:15]
	s_mov_b32 s50, s46
	v_cndmask_b32_e64 v2, v13, v2, s[14:15]
	v_cmp_nlt_f32_e64 s[14:15], s20, v3
	v_cndmask_b32_e64 v2, v2, 0, s[10:11]
	s_mov_b32 s51, s47
	v_cndmask_b32_e64 v3, v13, v3, s[14:15]
	v_cmp_nlt_f32_e64 s[14:15], s20, v4
	v_cndmask_b32_e64 v3, v3, 0, s[8:9]
	v_cvt_scalef32_pk_fp8_f32 v2, v2, v3, 1.0
	v_cndmask_b32_e64 v4, v13, v4, s[14:15]
	v_cmp_nlt_f32_e64 s[14:15], s20, v5
	v_cndmask_b32_e64 v4, v4, 0, s[34:35]
	s_nop 0
	v_cndmask_b32_e64 v5, v13, v5, s[14:15]
	v_cmp_nlt_f32_e64 s[14:15], s20, v6
	v_cndmask_b32_e64 v5, v5, 0, s[6:7]
	v_cvt_scalef32_pk_fp8_f32 v2, v4, v5, 1.0 op_sel:[0,0,0,1]
	v_cndmask_b32_e64 v6, v13, v6, s[14:15]
	v_cmp_nlt_f32_e64 s[14:15], s20, v7
	v_lshrrev_b32_e32 v4, 24, v2
	v_cndmask_b32_e64 v6, v6, 0, s[16:17]
	v_cndmask_b32_e64 v7, v13, v7, s[14:15]
	v_cmp_nlt_f32_e64 s[14:15], s20, v8
	v_cndmask_b32_e64 v7, v7, 0, s[12:13]
	v_lshrrev_b32_e32 v3, 16, v2
	v_cndmask_b32_e64 v8, v13, v8, s[14:15]
	v_cmp_nlt_f32_e64 s[14:15], s20, v9
	v_cndmask_b32_e64 v8, v8, 0, s[18:19]
	v_lshrrev_b16_e32 v5, 8, v2
	v_cndmask_b32_e64 v9, v13, v9, s[14:15]
	v_mov_b32_e32 v13, 0x7f
	v_cndmask_b32_e64 v4, v4, v13, s[6:7]
	s_movk_i32 s6, 0x80
	v_cndmask_b32_e64 v9, v9, 0, vcc
	v_cvt_scalef32_pk_fp8_f32 v6, v6, v7, 1.0
	v_cndmask_b32_e64 v3, v3, v13, s[34:35]
	v_bitop3_b16 v4, v4, v18, s6 bitop3:0xf8
	v_cvt_scalef32_pk_fp8_f32 v6, v8, v9, 1.0 op_sel:[0,0,0,1]
	v_cndmask_b32_e64 v5, v5, v13, s[8:9]
	v_bitop3_b16 v3, v3, v17, s6 bitop3:0xf8
	v_lshlrev_b16_e32 v4, 8, v4
	s_movk_i32 s7, 0xff
	v_lshrrev_b32_e32 v8, 24, v6
	v_cndmask_b32_e64 v2, v2, v13, s[10:11]
	v_bitop3_b16 v3, v3, v4, s7 bitop3:0xec
	v_bitop3_b16 v4, v5, v61, s6 bitop3:0xf8
	v_lshrrev_b32_e32 v7, 16, v6
	v_lshrrev_b16_e32 v9, 8, v6
	v_cndmask_b32_e32 v8, v8, v13, vcc
	v_bitop3_b16 v2, v2, v60, s6 bitop3:0xf8
	v_lshlrev_b16_e32 v4, 8, v4
	v_cndmask_b32_e64 v9, v9, v13, s[12:13]
	v_cndmask_b32_e64 v7, v7, v13, s[18:19]
	v_bitop3_b16 v2, v2, v4, s7 bitop3:0xec
	v_lshlrev_b32_e32 v3, 16, v3
	v_bitop3_b16 v4, v8, v32, s6 bitop3:0xf8
	v_cndmask_b32_e64 v6, v6, v13, s[16:17]
	v_or_b32_sdwa v2, v3, v2 dst_sel:DWORD dst_unused:UNUSED_PAD src0_sel:DWORD src1_sel:WORD_0
	v_bitop3_b16 v3, v7, v29, s6 bitop3:0xf8
	v_lshlrev_b16_e32 v4, 8, v4
	v_bitop3_b16 v5, v9, v34, s6 bitop3:0xf8
	v_bitop3_b16 v3, v3, v4, s7 bitop3:0xec
	v_bitop3_b16 v4, v6, v33, s6 bitop3:0xf8
	v_lshlrev_b16_e32 v5, 8, v5
	v_bitop3_b16 v4, v4, v5, s7 bitop3:0xec
	v_lshlrev_b32_e32 v3, 16, v3
	v_or_b32_sdwa v3, v3, v4 dst_sel:DWORD dst_unused:UNUSED_PAD src0_sel:DWORD src1_sel:WORD_0
	s_mov_b32 s6, s46
	s_mov_b32 s7, s47
	buffer_store_dwordx2 v[2:3], v1, s[4:7], 0 offen
	v_and_b32_e32 v1, 60, v0
	v_add_u32_e32 v1, s33, v1
	ds_write_b8 v1, v30
	v_lshlrev_b32_e32 v1, 2, v0
	v_and_b32_e32 v1, 60, v1
	v_bfe_u32 v0, v0, 4, 2
	v_add3_u32 v0, 0, v1, v0
	s_waitcnt lgkmcnt(0)
	s_barrier
	ds_read_u8 v1, v0
	s_and_b64 vcc, s[2:3], s[0:1]
	v_cndmask_b32_e32 v0, v10, v12, vcc
	s_waitcnt lgkmcnt(0)
	buffer_store_byte v1, v0, s[48:51], 0 offen
	s_endpgm
.Lfunc_end0:
	.amdhsa_kernel _swiglu_quantize_kernel
		.amdhsa_group_segment_fixed_size 0
		.amdhsa_private_segment_fixed_size 0
		.amdhsa_kernarg_size 72
		.amdhsa_user_sgpr_count 15
		.amdhsa_user_sgpr_dispatch_ptr 0
		.amdhsa_user_sgpr_queue_ptr 0
		.amdhsa_user_sgpr_kernarg_segment_ptr 1
		.amdhsa_user_sgpr_dispatch_id 0
		.amdhsa_user_sgpr_kernarg_preload_length 13
		.amdhsa_user_sgpr_kernarg_preload_offset 0
		.amdhsa_user_sgpr_private_segment_size 0
		.amdhsa_uses_dynamic_stack 0
		.amdhsa_enable_private_segment 0
		.amdhsa_system_sgpr_workgroup_id_x 1
		.amdhsa_system_sgpr_workgroup_id_y 0
		.amdhsa_system_sgpr_workgroup_id_z 0
		.amdhsa_system_sgpr_workgroup_info 0
		.amdhsa_system_vgpr_workitem_id 0
		.amdhsa_next_free_vgpr 62
		.amdhsa_next_free_sgpr 59
		.amdhsa_accum_offset 64
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
      - .offset:         36
        .size:           4
        .value_kind:     by_value
      - .offset:         40
        .size:           4
        .value_kind:     by_value
      - .offset:         44
        .size:           4
        .value_kind:     by_value
      - .offset:         48
        .size:           4
        .value_kind:     by_value
      - .address_space:  global
        .offset:         56
        .size:           8
        .value_kind:     global_buffer
      - .address_space:  global
        .offset:         64
        .size:           8
        .value_kind:     global_buffer
    .group_segment_fixed_size: 0
    .kernarg_segment_align: 8
    .kernarg_segment_size: 72
    .max_flat_workgroup_size: 256
    .name:           _swiglu_quantize_kernel
    .private_segment_fixed_size: 0
    .sgpr_count:     65
    .sgpr_spill_count: 0
    .symbol:         _swiglu_quantize_kernel.kd
    .uniform_work_group_size: 1
    .uses_dynamic_stack: false
    .vgpr_count:     62
    .vgpr_spill_count: 0
    .wavefront_size: 64
amdhsa.target:   amdgpu9.50-amd-amdhsa-unknown-gfx950
amdhsa.version:
  - 1
  - 2
...

	.end_amdgpu_metadata
