	.amdgcn_target "amdgpu9.50-amd-amdhsa-unknown-gfx950"
	.amdhsa_code_object_version 5
_mxfp8_kernel:
	s_load_dwordx8 s[8:15], s[4:5], 0x0
	s_waitcnt lgkmcnt(0)
	s_branch .LBB0_0
.LBB0_0:
	s_load_dword s17, s[4:5], 0x4c
	s_load_dwordx2 s[2:3], s[4:5], 0x40
	v_and_b32_e32 v6, 0x3ff, v0
	s_mov_b64 s[28:29], s[14:15]
	s_mov_b64 s[48:49], s[10:11]
	s_waitcnt lgkmcnt(0)
	s_add_i32 s0, s17, 0x7f
	s_ashr_i32 s1, s0, 31
	s_lshr_b32 s1, s1, 25
	s_add_i32 s0, s0, s1
	s_ashr_i32 s0, s0, 7
	s_abs_i32 s6, s0
	v_cvt_f32_u32_e32 v1, s6
	s_sub_i32 s11, 0, s6
	s_abs_i32 s7, s16
	s_xor_b32 s10, s16, s0
	v_rcp_f32_e32 v1, v1
	s_ashr_i32 s10, s10, 31
	s_load_dword s3, s[2:3], 0x0
	v_readfirstlane_b32 s1, v6
	v_mul_f32_e32 v0, 0x4f7ffffe, v1
	v_cvt_u32_f32_e32 v0, v0
	s_mov_b32 s54, 0
	v_readfirstlane_b32 s14, v0
	s_mul_i32 s11, s11, s14
	s_mul_hi_u32 s11, s14, s11
	s_add_i32 s14, s14, s11
	s_mul_hi_u32 s11, s7, s14
	s_mul_i32 s14, s11, s6
	s_sub_i32 s7, s7, s14
	s_add_i32 s14, s11, 1
	s_sub_i32 s15, s7, s6
	s_cmp_ge_u32 s7, s6
	s_cselect_b32 s11, s14, s11
	s_cselect_b32 s7, s15, s7
	s_add_i32 s14, s11, 1
	s_cmp_ge_u32 s7, s6
	s_cselect_b32 s2, s14, s11
	s_xor_b32 s2, s2, s10
	s_sub_i32 s20, s2, s10
	s_lshl_b32 s2, s20, 4
	s_waitcnt lgkmcnt(0)
	s_cmp_lt_i32 s2, s3
	s_cbranch_scc0 .LBB0_8
	s_load_dwordx8 s[36:43], s[4:5], 0x20
	s_bfe_u32 s33, s1, 0x20006
	v_and_b32_e32 v7, 63, v6
	s_lshl_b32 s53, s33, 6
	v_or_b32_e32 v12, s53, v7
	v_lshrrev_b32_e32 v0, 5, v12
	v_or_b32_e32 v0, s2, v0
	s_mov_b32 s11, 0x27000
	s_mov_b32 s10, 0x7ffffffe
	s_waitcnt lgkmcnt(0)
	s_mov_b64 s[22:23], s[42:43]
	v_and_b32_e32 v10, 15, v6
	s_and_b32 s41, s41, 0xffff
	s_mov_b32 s42, s10
	s_mov_b32 s43, s11
	v_lshlrev_b32_e32 v0, 2, v0
	buffer_load_dword v1, v0, s[40:43], 0 offen
	v_or_b32_e32 v2, s2, v10
	v_lshlrev_b32_e32 v2, 2, v2
	v_or_b32_e32 v0, 32, v0
	buffer_load_dword v9, v2, s[40:43], 0 offen
	buffer_load_dword v3, v0, s[40:43], 0 offen
	s_load_dwordx8 s[40:47], s[4:5], 0x50
	s_load_dword s18, s[4:5], 0x48
	s_mul_i32 s55, s20, s0
	s_sub_i32 s0, s16, s55
	s_lshl_b32 s52, s0, 7
	s_waitcnt lgkmcnt(0)
	s_abs_i32 s21, s41
	v_cvt_f32_u32_e32 v0, s21
	s_sub_i32 s0, 0, s21
	s_ashr_i32 s24, s41, 31
	v_lshlrev_b32_e32 v2, 4, v6
	v_rcp_f32_e32 v0, v0
	v_and_b32_e32 v30, 0x70, v2
	v_and_b32_e32 v35, 3, v6
	s_mov_b32 s30, s10
	v_mul_f32_e32 v0, 0x4f7ffffe, v0
	v_cvt_u32_f32_e32 v0, v0
	s_mov_b32 s31, s11
	s_mov_b32 s50, s10
	s_mov_b32 s51, s11
	v_mul_lo_u32 v4, s0, v0
	v_mul_hi_u32 v4, v0, v4
	v_add_u32_e32 v0, v0, v4
	s_waitcnt vmcnt(2)
	v_sub_u32_e32 v5, 0, v1
	v_cmp_lt_i32_e32 vcc, -1, v1
	v_cmp_gt_i32_e64 s[0:1], s18, v1
	v_ashrrev_i32_e32 v4, 31, v1
	v_max_i32_e32 v1, v5, v1
	s_waitcnt vmcnt(0)
	v_sub_u32_e32 v8, 0, v3
	v_ashrrev_i32_e32 v11, 31, v9
	v_sub_u32_e32 v13, 0, v9
	v_mul_hi_u32 v14, v1, v0
	v_cmp_lt_i32_e64 s[6:7], -1, v3
	v_cmp_gt_i32_e64 s[14:15], s18, v9
	v_cmp_gt_i32_e64 s[18:19], s18, v3
	v_ashrrev_i32_e32 v5, 31, v3
	v_max_i32_e32 v3, v8, v3
	v_xor_b32_e32 v8, s24, v11
	v_max_i32_e32 v11, v13, v9
	v_mul_lo_u32 v13, v14, s21
	v_mul_hi_u32 v16, v3, v0
	v_sub_u32_e32 v1, v1, v13
	s_and_b64 s[26:27], vcc, s[0:1]
	v_add_u32_e32 v15, 1, v14
	v_mul_lo_u32 v13, v16, s21
	v_cmp_le_u32_e64 s[0:1], s21, v1
	v_mul_hi_u32 v0, v11, v0
	v_sub_u32_e32 v3, v3, v13
	v_cndmask_b32_e64 v14, v14, v15, s[0:1]
	v_subrev_u32_e32 v15, s21, v1
	v_add_u32_e32 v17, 1, v16
	v_mul_lo_u32 v18, v0, s21
	v_cndmask_b32_e64 v1, v1, v15, s[0:1]
	v_cmp_le_u32_e64 s[0:1], s21, v3
	v_cmp_lt_i32_e64 s[2:3], -1, v9
	v_sub_u32_e32 v11, v11, v18
	v_cndmask_b32_e64 v15, v16, v17, s[0:1]
	v_subrev_u32_e32 v16, s21, v3
	s_and_b64 vcc, s[2:3], s[14:15]
	s_and_b64 s[34:35], s[6:7], s[18:19]
	v_add_u32_e32 v19, 1, v0
	v_add_u32_e32 v13, 1, v14
	v_cmp_le_u32_e64 s[2:3], s21, v11
	v_subrev_u32_e32 v17, s21, v11
	v_cmp_le_u32_e64 s[6:7], s21, v1
	v_cndmask_b32_e64 v3, v3, v16, s[0:1]
	v_cndmask_b32_e64 v0, v0, v19, s[2:3]
	v_cndmask_b32_e64 v1, v14, v13, s[6:7]
	v_add_u32_e32 v13, 1, v15
	v_cndmask_b32_e64 v11, v11, v17, s[2:3]
	v_cmp_le_u32_e64 s[0:1], s21, v3
	v_add_u32_e32 v14, 1, v0
	v_xor_b32_e32 v4, s24, v4
	v_cndmask_b32_e64 v3, v15, v13, s[0:1]
	v_cmp_le_u32_e64 s[0:1], s21, v11
	s_ashr_i32 s21, s20, 31
	v_xor_b32_e32 v1, v1, v4
	v_cndmask_b32_e64 v0, v0, v14, s[0:1]
	s_lshl_b64 s[0:1], s[20:21], 2
	s_add_u32 s0, s22, s0
	s_addc_u32 s1, s23, s1
	v_xor_b32_e32 v0, v0, v8
	s_load_dword s20, s[0:1], 0x0
	v_sub_u32_e32 v1, v1, v4
	v_sub_u32_e32 v4, v0, v8
	v_lshlrev_b32_e32 v0, 2, v6
	v_and_b32_e32 v2, 0x7c, v0
	v_lshlrev_b32_e32 v0, 1, v6
	v_and_b32_e32 v27, 0x70, v0
	v_xor_b32_e32 v5, s24, v5
	v_or_b32_e32 v0, s33, v27
	v_xor_b32_e32 v3, v3, v5
	v_lshrrev_b32_e32 v11, 2, v12
	v_or_b32_e32 v15, s52, v0
	v_bfe_u32 v8, v6, 4, 2
	s_waitcnt lgkmcnt(0)
	s_mul_i32 s44, s20, s44
	v_sub_u32_e32 v3, v3, v5
	v_or_b32_e32 v21, s52, v11
	v_or_b32_e32 v20, 8, v15
	v_mad_u64_u32 v[4:5], s[14:15], v4, s43, v[8:9]
	s_cmp_gt_i32 s40, 0
	v_add_u32_e32 v14, s44, v30
	s_mul_i32 s43, s20, s46
	v_or_b32_e32 v26, 64, v21
	v_or_b32_e32 v18, 4, v15
	v_or_b32_e32 v22, 12, v15
	v_cmp_gt_i32_e64 s[0:1], s17, v21
	s_cselect_b64 s[24:25], -1, 0
	v_mad_u64_u32 v[24:25], s[14:15], v20, s45, v[14:15]
	v_add_u32_e32 v20, s43, v35
	v_cmp_gt_i32_e64 s[2:3], s17, v26
	v_cmp_gt_i32_e64 s[6:7], s17, v15
	v_mad_u64_u32 v[0:1], s[14:15], v1, s42, v[2:3]
	v_mad_u64_u32 v[2:3], s[14:15], v3, s42, v[2:3]
	v_bfrev_b32_e32 v13, 1
	v_mad_u64_u32 v[16:17], s[14:15], v15, s45, v[14:15]
	v_mad_u64_u32 v[18:19], s[14:15], v18, s45, v[14:15]
	v_mad_u64_u32 v[14:15], s[14:15], v22, s45, v[14:15]
	v_mad_u64_u32 v[22:23], s[14:15], v21, s47, v[20:21]
	s_and_b64 s[20:21], s[24:25], s[0:1]
	v_mad_u64_u32 v[20:21], s[14:15], v26, s47, v[20:21]
	s_and_b32 s29, s29, 0xffff
	v_cndmask_b32_e64 v3, v13, v22, s[20:21]
	s_and_b64 s[22:23], s[24:25], s[2:3]
	v_cndmask_b32_e64 v5, v13, v20, s[22:23]
	buffer_load_ubyte v15, v3, s[28:31], 0 offen
	buffer_load_ubyte v17, v5, s[28:31], 0 offen
	v_lshlrev_b32_e32 v3, 2, v12
	s_lshl_b32 s14, s33, 4
	v_xor_b32_e32 v5, s14, v3
	v_sub_u32_e32 v19, v5, v3
	v_ashrrev_i32_e32 v19, 2, v19
	v_add_u32_e32 v19, v19, v7
	v_xor_b32_e32 v5, 0x440, v5
	v_lshlrev_b32_e32 v20, 2, v19
	s_and_b64 s[14:15], s[24:25], s[26:27]
	v_sub_u32_e32 v3, v5, v3
	ds_bpermute_b32 v5, v20, v0
	v_cndmask_b32_e64 v21, 0, 1, s[14:15]
	v_cmp_ne_u32_e64 s[14:15], 0, v21
	v_lshrrev_b32_e32 v3, 2, v3
	s_lshl_b32 s41, s33, 8
	v_lshrrev_b64 v[22:23], v19, s[14:15]
	v_and_b32_e32 v21, 1, v22
	v_cmp_eq_u32_e64 s[14:15], 1, v21
	s_and_b32 s9, s9, 0xffff
	s_add_i32 m0, s41, 0x83e0
	s_waitcnt lgkmcnt(0)
	v_cndmask_b32_e64 v5, v13, v5, s[14:15]
	s_movk_i32 s14, 0xff00
	v_add3_u32 v21, v3, v7, s14
	v_lshlrev_b32_e32 v22, 2, v21
	s_and_b64 s[14:15], s[24:25], s[34:35]
	buffer_load_dword v5, s[8:11], 0 offen lds
	ds_bpermute_b32 v3, v22, v2
	v_cndmask_b32_e64 v5, 0, 1, s[14:15]
	v_cmp_ne_u32_e64 s[14:15], 0, v5
	s_and_b64 s[18:19], s[24:25], vcc
	s_add_i32 m0, s41, 0x87e0
	v_lshrrev_b64 v[28:29], v21, s[14:15]
	v_and_b32_e32 v5, 1, v28
	v_cmp_eq_u32_e64 s[14:15], 1, v5
	s_mul_i32 s42, s33, 0x420
	s_and_b64 s[24:25], s[24:25], s[6:7]
	s_waitcnt lgkmcnt(0)
	v_cndmask_b32_e64 v3, v13, v3, s[14:15]
	s_and_b32 s49, s49, 0xffff
	v_cndmask_b32_e64 v1, v13, v4, s[18:19]
	buffer_load_dword v3, s[8:11], 0 offen lds
	s_and_b32 s13, s13, 0xffff
	s_mov_b32 s14, s10
	s_mov_b32 s15, s11
	v_cndmask_b32_e64 v3, v13, v16, s[24:25]
	s_mov_b32 m0, s42
	buffer_load_ubyte v1, v1, s[48:51], 0 offen
	v_mov_b32_e32 v23, 0x7f
	buffer_load_dwordx4 v3, s[12:15], 0 offen lds
	s_add_i32 m0, s42, 0x1080
	v_cndmask_b32_e64 v3, v13, v18, s[24:25]
	buffer_load_dwordx4 v3, s[12:15], 0 offen lds
	s_add_i32 m0, s42, 0x2100
	v_cndmask_b32_e64 v3, v13, v24, s[24:25]
	buffer_load_dwordx4 v3, s[12:15], 0 offen lds
	s_add_i32 m0, s42, 0x3180
	v_cndmask_b32_e64 v3, v13, v14, s[24:25]
	buffer_load_dwordx4 v3, s[12:15], 0 offen lds
	s_movk_i32 s14, 0x70
	v_and_b32_e32 v14, 48, v6
	v_add_u32_e32 v5, 0, v12
	v_lshlrev_b32_e32 v16, 3, v6
	v_lshlrev_b32_e32 v18, 2, v10
	s_waitcnt vmcnt(7)
	v_cndmask_b32_e64 v3, v23, v17, s[22:23]
	v_lshlrev_b32_e32 v17, 5, v10
	s_waitcnt vmcnt(4)
	v_cndmask_b32_e64 v36, v23, v1, s[18:19]
	s_add_i32 s19, s40, 0xffffff80
	v_cndmask_b32_e64 v1, v23, v15, s[20:21]
	s_cmp_lt_i32 s19, 1
	v_lshlrev_b32_e32 v15, 7, v10
	ds_write_b8 v5, v1 offset:37856
	ds_write_b8 v5, v3 offset:38112
	s_cbranch_scc1 .LBB0_4
	v_bitop3_b32 v3, v16, v14, s14 bitop3:0x6c
	s_lshl_b32 s14, s16, 7
	v_and_b32_e32 v1, 0x70, v16
	s_or_b32 s15, s33, s14
	v_bitop3_b32 v24, v1, v15, v14 bitop3:0xde
	v_add_u32_e32 v1, s15, v27
	s_lshl_b32 s15, s55, 7
	v_subrev_u32_e32 v1, s15, v1
	v_bitop3_b32 v25, v3, 64, v15 bitop3:0x36
	v_add_u32_e32 v3, 12, v1
	v_mul_lo_u32 v3, s45, v3
	v_add_u32_e32 v3, s44, v3
	s_movk_i32 s16, 0x80
	v_add3_u32 v27, v3, v30, s16
	v_add_u32_e32 v3, 8, v1
	v_mul_lo_u32 v3, s45, v3
	v_add_u32_e32 v3, s44, v3
	v_add_u32_e32 v32, 0x80, v0
	v_add_u32_e32 v0, s53, v7
	v_add3_u32 v28, v3, v30, s16
	v_add_u32_e32 v3, 4, v1
	v_lshrrev_b32_e32 v0, 2, v0
	v_mul_lo_u32 v3, s45, v3
	v_mul_lo_u32 v1, s45, v1
	v_or_b32_e32 v0, s14, v0
	v_add_u32_e32 v3, s44, v3
	v_add_u32_e32 v1, s44, v1
	v_subrev_u32_e32 v0, s15, v0
	v_add3_u32 v29, v3, v30, s16
	v_add3_u32 v30, v1, v30, s16
	v_add_u32_e32 v1, 64, v0
	v_mul_lo_u32 v1, s47, v1
	v_mul_lo_u32 v0, s47, v0
	v_add_u32_e32 v1, s43, v1
	v_add_u32_e32 v0, s43, v0
	v_add3_u32 v34, v1, v35, 4
	v_add3_u32 v35, v0, v35, 4
	v_mov_b32_e32 v0, 0
	v_lshlrev_b32_e32 v26, 10, v10
	s_lshl_b32 s20, s33, 7
	v_add_u32_e32 v31, 0x80, v2
	v_add_u32_e32 v33, 4, v4
	s_mov_b32 s16, 0x83e0
	s_mov_b32 s18, 0x93e0
	s_mov_b32 s21, 0xc0c0004
	s_mov_b32 s22, 0
	v_mov_b32_e32 v1, v0
	v_mov_b32_e32 v2, v0
	v_mov_b32_e32 v3, v0
	v_mov_b32_e32 v4, v0
	v_mov_b32_e32 v5, v0
	v_mov_b32_e32 v6, v0
	v_mov_b32_e32 v7, v0
	s_mov_b32 s23, 0
.LBB0_3:
	s_add_i32 s14, s22, 1
	s_cmp_lt_i32 s14, 2
	v_mov_b32_e32 v38, v36
	v_add_u32_e32 v36, s23, v32
	s_cselect_b32 s22, s14, 0
	s_lshl_b32 s14, s22, 11
	ds_bpermute_b32 v44, v20, v36
	v_cndmask_b32_e64 v36, 0, 1, s[26:27]
	s_mov_b32 s24, s16
	s_add_i32 s16, s14, 0x83e0
	s_add_i32 s30, s14, s41
	v_cmp_ne_u32_e64 s[14:15], 0, v36
	v_add_u32_e32 v39, s23, v31
	s_add_i32 m0, s30, 0x83e0
	v_lshrrev_b64 v[36:37], v19, s[14:15]
	v_and_b32_e32 v36, 1, v36
	v_cmp_eq_u32_e64 s[14:15], 1, v36
	s_waitcnt vmcnt(0) lgkmcnt(0)
	s_barrier
	v_cndmask_b32_e64 v36, v13, v44, s[14:15]
	buffer_load_dword v36, s[8:11], 0 offen lds
	ds_bpermute_b32 v39, v22, v39
	v_cndmask_b32_e64 v36, 0, 1, s[34:35]
	v_cmp_ne_u32_e64 s[14:15], 0, v36
	s_add_i32 m0, s30, 0x87e0
	s_mov_b32 s25, s54
	v_lshrrev_b64 v[36:37], v21, s[14:15]
	v_and_b32_e32 v36, 1, v36
	v_cmp_eq_u32_e64 s[14:15], 1, v36
	v_add_u32_e32 v40, s23, v30
	v_add_u32_e32 v41, s23, v29
	s_waitcnt lgkmcnt(0)
	v_cndmask_b32_e64 v36, v13, v39, s[14:15]
	s_lshl_b32 s14, s22, 14
	s_lshr_b32 s15, s14, 5
	buffer_load_dword v36, s[8:11], 0 offen lds
	v_add_u32_e32 v36, s24, v24
	s_add_i32 s54, s14, s15
	ds_read_b128 v[44:47], v36
	v_add_u32_e32 v36, s24, v25
	s_add_i32 s24, s54, s42
	ds_read_b128 v[48:51], v36
	v_cndmask_b32_e64 v36, v13, v40, s[6:7]
	s_mov_b32 s14, s10
	s_mov_b32 s15, s11
	s_mov_b32 m0, s24
	v_add_u32_e32 v42, s23, v28
	buffer_load_dwordx4 v36, s[12:15], 0 offen lds
	s_add_i32 m0, s24, 0x1080
	v_cndmask_b32_e64 v36, v13, v41, s[6:7]
	v_add_u32_e32 v43, s23, v27
	buffer_load_dwordx4 v36, s[12:15], 0 offen lds
	s_add_i32 m0, s24, 0x2100
	v_cndmask_b32_e64 v36, v13, v42, s[6:7]
	buffer_load_dwordx4 v36, s[12:15], 0 offen lds
	s_add_i32 m0, s24, 0x3180
	v_cndmask_b32_e64 v36, v13, v43, s[6:7]
	s_add_i32 s25, s25, s20
	buffer_load_dwordx4 v36, s[12:15], 0 offen lds
	v_add_u32_e32 v36, s25, v26
	v_add3_u32 v36, v36, v14, v17
	ds_read_b128 v[52:55], v36
	ds_read_b128 v[56:59], v36 offset:64
	ds_read_b128 v[60:63], v36 offset:512
	ds_read_b128 v[64:67], v36 offset:576
	v_cndmask_b32_e32 v36, v13, v33, vcc
	s_mov_b32 s50, s10
	s_mov_b32 s51, s11
	v_cndmask_b32_e64 v37, v13, v35, s[0:1]
	s_mov_b32 s30, s10
	s_mov_b32 s31, s11
	buffer_load_ubyte v36, v36, s[48:51], 0 offen
	v_cndmask_b32_e64 v39, v13, v34, s[2:3]
	buffer_load_ubyte v37, v37, s[28:31], 0 offen
	v_add_u32_e32 v40, s18, v8
	buffer_load_ubyte v39, v39, s[28:31], 0 offen
	v_add3_u32 v40, v40, v18, s53
	ds_read_u8 v41, v40 offset:256
	ds_read_u8 v40, v40
	v_and_b32_e32 v38, 0xff, v38
	s_lshl_b32 s14, s22, 9
	s_add_i32 s18, s14, 0x93e0
	s_addk_i32 s23, 0x80
	s_waitcnt lgkmcnt(0)
	v_perm_b32 v40, v40, v41, s21
	v_add_u32_e32 v33, 4, v33
	v_add_u32_e32 v34, 4, v34
	v_mfma_scale_f32_16x16x128_f8f6f4 v[0:3], v[52:59], v[44:51], v[0:3], v40, v38 op_sel_hi:[0,0,0]
	v_add_u32_e32 v35, 4, v35
	s_cmp_lt_i32 s23, s19
	s_barrier
	s_waitcnt vmcnt(2)
	v_cndmask_b32_e32 v36, v23, v36, vcc
	v_mfma_scale_f32_16x16x128_f8f6f4 v[4:7], v[60:67], v[44:51], v[4:7], v40, v38 op_sel:[1,0,0] op_sel_hi:[0,0,0]
	s_waitcnt vmcnt(1)
	v_cndmask_b32_e64 v37, v23, v37, s[0:1]
	v_add_u32_e32 v38, s14, v12
	s_waitcnt vmcnt(0)
	v_cndmask_b32_e64 v39, v23, v39, s[2:3]
	ds_write_b8 v38, v37 offset:37856
	ds_write_b8 v38, v39 offset:38112
	s_cbranch_scc1 .LBB0_3
	s_branch .LBB0_5
.LBB0_4:
	v_mov_b32_e32 v1, 0
	s_mov_b32 s16, 0x83e0
	s_mov_b32 s18, 0x93e0
	v_mov_b32_e32 v0, v1
	v_mov_b32_e32 v3, v1
	v_mov_b32_e32 v2, v1
	v_mov_b32_e32 v5, v1
	v_mov_b32_e32 v4, v1
	v_mov_b32_e32 v7, v1
	v_mov_b32_e32 v6, v1
.LBB0_5:
	s_load_dword s0, s[4:5], 0x70
	s_add_i32 s1, s40, 0x7f
	s_cmpk_lt_i32 s1, 0x80
	s_waitcnt vmcnt(0) lgkmcnt(0)
	s_barrier
	s_cbranch_scc1 .LBB0_7
	s_lshl_b32 s1, s33, 7
	s_add_i32 s54, s54, s1
	v_add_u32_e32 v8, s18, v8
	v_lshl_add_u32 v10, v10, 10, s54
	v_and_b32_e32 v12, 0x70, v16
	v_add3_u32 v8, v8, v18, s53
	v_add3_u32 v10, v10, v14, v17
	v_bitop3_b32 v12, v12, v15, v14 bitop3:0xde
	ds_read_b128 v[22:25], v10 offset:64
	ds_read_b128 v[18:21], v10
	v_xad_u32 v13, v12, 64, s16
	v_add_u32_e32 v12, s16, v12
	ds_read_u8 v14, v8 offset:256
	ds_read_u8 v8, v8
	ds_read_b128 v[30:33], v13
	ds_read_b128 v[26:29], v12
	s_mov_b32 s1, 0xc0c0004
	v_and_b32_e32 v12, 0xffff, v36
	s_waitcnt lgkmcnt(2)
	v_perm_b32 v8, v8, v14, s1
	s_waitcnt lgkmcnt(0)
	s_nop 0
	v_mfma_scale_f32_16x16x128_f8f6f4 v[0:3], v[18:25], v[26:33], v[0:3], v8, v12 op_sel_hi:[0,0,0]
	ds_read_b128 v[18:21], v10 offset:576
	ds_read_b128 v[14:17], v10 offset:512
	s_waitcnt lgkmcnt(0)
	v_mfma_scale_f32_16x16x128_f8f6f4 v[4:7], v[14:21], v[26:33], v[4:7], v8, v12 op_sel:[1,0,0] op_sel_hi:[0,0,0]
.LBB0_7:
	v_lshlrev_b32_e32 v8, 2, v9
	v_bfrev_b32_e32 v10, 1
	s_and_b32 s5, s39, 0xffff
	s_mov_b32 s7, 0x27000
	s_mov_b32 s6, 0x7ffffffe
	s_mov_b32 s4, s38
	v_cndmask_b32_e32 v8, v10, v8, vcc
	buffer_load_dword v8, v8, s[4:7], 0 offen
	v_and_or_b32 v11, v11, 60, s52
	v_or_b32_e32 v12, 64, v11
	v_mul_lo_u32 v9, v9, s0
	v_cmp_gt_i32_e64 s[0:1], s17, v11
	v_cmp_gt_i32_e64 s[2:3], s17, v12
	v_add_lshl_u32 v11, v9, v11, 2
	s_and_b64 s[0:1], s[0:1], vcc
	v_add_lshl_u32 v9, v9, v12, 2
	s_and_b64 vcc, s[2:3], vcc
	s_and_b32 s37, s37, 0xffff
	s_mov_b32 s38, s6
	s_mov_b32 s39, s7
	v_cndmask_b32_e64 v11, v10, v11, s[0:1]
	v_cndmask_b32_e32 v9, v10, v9, vcc
	s_waitcnt vmcnt(0)
	v_pk_mul_f32 v[0:1], v[0:1], v[8:9] op_sel_hi:[1,0]
	v_pk_mul_f32 v[2:3], v[2:3], v[8:9] op_sel_hi:[1,0]
	v_pk_mul_f32 v[4:5], v[4:5], v[8:9] op_sel_hi:[1,0]
	v_pk_mul_f32 v[6:7], v[6:7], v[8:9] op_sel_hi:[1,0]
	buffer_store_dwordx4 v[0:3], v11, s[36:39], 0 offen
	buffer_store_dwordx4 v[4:7], v9, s[36:39], 0 offen
.LBB0_8:
	s_endpgm
.Lfunc_end0:
	.amdhsa_kernel _mxfp8_kernel
		.amdhsa_group_segment_fixed_size 0
		.amdhsa_private_segment_fixed_size 0
		.amdhsa_kernarg_size 392
		.amdhsa_user_sgpr_count 16
		.amdhsa_user_sgpr_dispatch_ptr 1
		.amdhsa_user_sgpr_queue_ptr 1
		.amdhsa_user_sgpr_kernarg_segment_ptr 1
		.amdhsa_user_sgpr_dispatch_id 1
		.amdhsa_user_sgpr_kernarg_preload_length 8
		.amdhsa_user_sgpr_kernarg_preload_offset 0
		.amdhsa_user_sgpr_private_segment_size 0
		.amdhsa_uses_dynamic_stack 0
		.amdhsa_enable_private_segment 0
		.amdhsa_system_sgpr_workgroup_id_x 1
		.amdhsa_system_sgpr_workgroup_id_y 1
		.amdhsa_system_sgpr_workgroup_id_z 1
		.amdhsa_system_sgpr_workgroup_info 0
		.amdhsa_system_vgpr_workitem_id 2
		.amdhsa_next_free_vgpr 68
		.amdhsa_next_free_sgpr 56
		.amdhsa_accum_offset 68
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
      - .address_space:  global
        .offset:         32
        .size:           8
        .value_kind:     global_buffer
      - .address_space:  global
        .offset:         40
        .size:           8
        .value_kind:     global_buffer
      - .address_space:  global
        .offset:         48
        .size:           8
        .value_kind:     global_buffer
      - .address_space:  global
        .offset:         56
        .size:           8
        .value_kind:     global_buffer
      - .address_space:  global
        .offset:         64
        .size:           8
        .value_kind:     global_buffer
      - .offset:         72
        .size:           4
        .value_kind:     by_value
      - .offset:         76
        .size:           4
        .value_kind:     by_value
      - .offset:         80
        .size:           4
        .value_kind:     by_value
      - .offset:         84
        .size:           4
        .value_kind:     by_value
      - .offset:         88
        .size:           4
        .value_kind:     by_value
      - .offset:         92
        .size:           4
        .value_kind:     by_value
      - .offset:         96
        .size:           4
        .value_kind:     by_value
      - .offset:         100
        .size:           4
        .value_kind:     by_value
      - .offset:         104
        .size:           4
        .value_kind:     by_value
      - .offset:         108
        .size:           4
        .value_kind:     by_value
      - .offset:         112
        .size:           4
        .value_kind:     by_value
      - .address_space:  global
        .offset:         120
        .size:           8
        .value_kind:     global_buffer
      - .address_space:  global
        .offset:         128
        .size:           8
        .value_kind:     global_buffer
      - .offset:         136
        .size:           4
        .value_kind:     hidden_block_count_x
      - .offset:         140
        .size:           4
        .value_kind:     hidden_block_count_y
      - .offset:         144
        .size:           4
        .value_kind:     hidden_block_count_z
      - .offset:         148
        .size:           2
        .value_kind:     hidden_group_size_x
      - .offset:         150
        .size:           2
        .value_kind:     hidden_group_size_y
      - .offset:         152
        .size:           2
        .value_kind:     hidden_group_size_z
      - .offset:         154
        .size:           2
        .value_kind:     hidden_remainder_x
      - .offset:         156
        .size:           2
        .value_kind:     hidden_remainder_y
      - .offset:         158
        .size:           2
        .value_kind:     hidden_remainder_z
      - .offset:         176
        .size:           8
        .value_kind:     hidden_global_offset_x
      - .offset:         184
        .size:           8
        .value_kind:     hidden_global_offset_y
      - .offset:         192
        .size:           8
        .value_kind:     hidden_global_offset_z
      - .offset:         200
        .size:           2
        .value_kind:     hidden_grid_dims
      - .offset:         216
        .size:           8
        .value_kind:     hidden_hostcall_buffer
      - .offset:         224
        .size:           8
        .value_kind:     hidden_multigrid_sync_arg
      - .offset:         232
        .size:           8
        .value_kind:     hidden_heap_v1
      - .offset:         240
        .size:           8
        .value_kind:     hidden_default_queue
      - .offset:         248
        .size:           8
        .value_kind:     hidden_completion_action
      - .offset:         256
        .size:           4
        .value_kind:     hidden_dynamic_lds_size
      - .offset:         336
        .size:           8
        .value_kind:     hidden_queue_ptr
    .group_segment_fixed_size: 0
    .kernarg_segment_align: 8
    .kernarg_segment_size: 392
    .max_flat_workgroup_size: 256
    .name:           _mxfp8_kernel
    .private_segment_fixed_size: 0
    .sgpr_count:     62
    .sgpr_spill_count: 0
    .symbol:         _mxfp8_kernel.kd
    .uniform_work_group_size: 1
    .uses_dynamic_stack: false
    .vgpr_count:     68
    .vgpr_spill_count: 0
    .wavefront_size: 64
amdhsa.target:   amdgpu9.50-amd-amdhsa-unknown-gfx950
amdhsa.version:
  - 1
  - 2
...

	.end_amdgpu_metadata
