	.amdgcn_target "amdgpu9.50-amd-amdhsa-unknown-gfx950"
	.amdhsa_code_object_version 5
_mxfp8_kernel:
	s_load_dwordx8 s[8:15], s[4:5], 0x0
	s_waitcnt lgkmcnt(0)
	s_branch .LBB0_0
.LBB0_0:
	s_load_dword s33, s[4:5], 0x4c
	s_load_dwordx2 s[6:7], s[4:5], 0x40
	v_and_b32_e32 v6, 0x3ff, v0
	s_mov_b64 s[28:29], s[14:15]
	s_mov_b64 s[36:37], s[10:11]
	s_waitcnt lgkmcnt(0)
	s_add_i32 s0, s33, 0x7f
	s_ashr_i32 s1, s0, 31
	s_lshr_b32 s1, s1, 25
	s_add_i32 s0, s0, s1
	s_ashr_i32 s1, s0, 7
	s_abs_i32 s0, s1
	v_cvt_f32_u32_e32 v1, s0
	s_sub_i32 s11, 0, s0
	s_abs_i32 s3, s16
	s_xor_b32 s10, s16, s1
	v_rcp_f32_e32 v1, v1
	s_ashr_i32 s10, s10, 31
	s_load_dword s6, s[6:7], 0x0
	v_readfirstlane_b32 s2, v6
	v_mul_f32_e32 v0, 0x4f7ffffe, v1
	v_cvt_u32_f32_e32 v0, v0
	s_mov_b32 s46, 0
	v_readfirstlane_b32 s14, v0
	s_mul_i32 s11, s11, s14
	s_mul_hi_u32 s11, s14, s11
	s_add_i32 s14, s14, s11
	s_mul_hi_u32 s11, s3, s14
	s_mul_i32 s14, s11, s0
	s_sub_i32 s3, s3, s14
	s_add_i32 s14, s11, 1
	s_sub_i32 s15, s3, s0
	s_cmp_ge_u32 s3, s0
	s_cselect_b32 s11, s14, s11
	s_cselect_b32 s3, s15, s3
	s_add_i32 s14, s11, 1
	s_cmp_ge_u32 s3, s0
	s_cselect_b32 s0, s14, s11
	s_xor_b32 s0, s0, s10
	s_sub_i32 s0, s0, s10
	s_lshl_b32 s3, s0, 5
	s_waitcnt lgkmcnt(0)
	s_cmp_lt_i32 s3, s6
	s_cbranch_scc0 .LBB0_8
	s_load_dwordx4 s[24:27], s[4:5], 0x30
	s_bfe_u32 s44, s2, 0x20006
	v_and_b32_e32 v1, 63, v6
	s_lshl_b32 s17, s44, 6
	v_or_b32_e32 v19, s17, v1
	v_and_b32_e32 v11, 31, v6
	v_lshrrev_b32_e32 v0, 3, v19
	v_or_b32_e32 v2, s3, v11
	s_mov_b32 s11, 0x27000
	s_mov_b32 s10, 0x7ffffffe
	s_waitcnt lgkmcnt(0)
	s_mov_b64 s[22:23], s[26:27]
	v_or_b32_e32 v0, s3, v0
	s_and_b32 s25, s25, 0xffff
	s_mov_b32 s26, s10
	s_mov_b32 s27, s11
	v_lshlrev_b32_e32 v2, 2, v2
	v_lshlrev_b32_e32 v0, 2, v0
	buffer_load_dword v17, v2, s[24:27], 0 offen
	buffer_load_dword v3, v0, s[24:27], 0 offen
	v_lshlrev_b32_e32 v2, 2, v6
	v_and_b32_e32 v18, 32, v6
	s_mul_i32 s48, s0, s1
	v_and_b32_e32 v9, 32, v2
	v_lshlrev_b32_e32 v10, 1, v18
	s_load_dword s47, s[4:5], 0x68
	s_load_dwordx2 s[26:27], s[4:5], 0x60
	s_load_dword s20, s[4:5], 0x48
	s_load_dwordx4 s[40:43], s[4:5], 0x50
	v_and_b32_e32 v8, 16, v6
	s_sub_i32 s2, s16, s48
	v_or_b32_e32 v2, v10, v9
	s_movk_i32 s49, 0x70
	s_lshl_b32 s45, s2, 7
	v_or3_b32 v2, v2, v8, s44
	v_lshlrev_b32_e32 v5, 4, v19
	v_or_b32_e32 v13, s45, v2
	v_bitop3_b32 v2, v5, v19, s49 bitop3:0x78
	v_lshlrev_b32_e32 v0, 4, v6
	v_sub_u32_e32 v2, v2, v5
	v_bfe_u32 v16, v6, 5, 1
	v_and_b32_e32 v0, 0x70, v0
	v_lshrrev_b32_e32 v4, 2, v19
	v_ashrrev_i32_e32 v2, 4, v2
	s_ashr_i32 s1, s0, 31
	v_or_b32_e32 v15, s45, v4
	v_add_u32_e32 v24, v2, v1
	s_lshl_b64 s[24:25], s[0:1], 2
	v_bfrev_b32_e32 v23, 1
	s_mov_b32 s38, s10
	s_mov_b32 s39, s11
	v_and_b32_e32 v7, 3, v6
	v_or_b32_e32 v22, 64, v15
	v_or_b32_e32 v25, 4, v13
	v_or_b32_e32 v28, 8, v13
	v_or_b32_e32 v29, 12, v13
	v_cmp_gt_i32_e64 s[0:1], s33, v15
	v_cmp_gt_i32_e64 s[6:7], s33, v22
	v_cmp_gt_i32_e64 s[2:3], s33, v13
	s_mov_b32 s30, s10
	s_mov_b32 s31, s11
	s_waitcnt vmcnt(1)
	v_cmp_lt_i32_e32 vcc, -1, v17
	s_waitcnt vmcnt(0)
	v_cmp_lt_i32_e64 s[14:15], -1, v3
	s_waitcnt lgkmcnt(0)
	v_cmp_gt_i32_e64 s[18:19], s20, v17
	v_cmp_gt_i32_e64 s[20:21], s20, v3
	v_mad_u64_u32 v[2:3], s[34:35], v3, s41, v[0:1]
	v_mad_u64_u32 v[4:5], s[34:35], v17, s42, v[16:17]
	s_and_b64 vcc, vcc, s[18:19]
	s_and_b64 s[34:35], s[14:15], s[20:21]
	s_add_u32 s14, s22, s24
	s_addc_u32 s15, s23, s25
	s_load_dword s14, s[14:15], 0x0
	s_cmp_gt_i32 s40, 0
	s_cselect_b64 s[24:25], -1, 0
	s_and_b64 s[18:19], s[24:25], vcc
	v_add_u32_e32 v3, 2, v4
	s_and_b32 s37, s37, 0xffff
	v_cndmask_b32_e64 v5, v23, v4, s[18:19]
	v_cndmask_b32_e64 v3, v23, v3, s[18:19]
	buffer_load_ubyte v32, v5, s[36:39], 0 offen
	buffer_load_ubyte v33, v3, s[36:39], 0 offen
	s_waitcnt lgkmcnt(0)
	s_mul_i32 s39, s14, s43
	s_mul_i32 s38, s14, s27
	v_add_u32_e32 v12, s39, v0
	v_add_u32_e32 v14, s38, v7
	v_mad_u64_u32 v[20:21], s[14:15], v13, s26, v[12:13]
	v_mad_u64_u32 v[26:27], s[14:15], v25, s26, v[12:13]
	v_mad_u64_u32 v[30:31], s[14:15], v28, s26, v[12:13]
	v_mad_u64_u32 v[12:13], s[14:15], v29, s26, v[12:13]
	v_mad_u64_u32 v[28:29], s[14:15], v15, s47, v[14:15]
	v_mad_u64_u32 v[14:15], s[14:15], v22, s47, v[14:15]
	s_and_b64 s[20:21], s[24:25], s[0:1]
	s_and_b64 s[22:23], s[24:25], s[6:7]
	s_and_b32 s29, s29, 0xffff
	v_cndmask_b32_e64 v3, v23, v28, s[20:21]
	v_cndmask_b32_e64 v5, v23, v14, s[22:23]
	v_lshlrev_b32_e32 v28, 2, v24
	s_and_b64 s[14:15], s[24:25], s[34:35]
	buffer_load_ubyte v13, v3, s[28:31], 0 offen
	buffer_load_ubyte v27, v5, s[28:31], 0 offen
	ds_bpermute_b32 v3, v28, v2
	v_cndmask_b32_e64 v5, 0, 1, s[14:15]
	v_cmp_ne_u32_e64 s[14:15], 0, v5
	s_lshl_b32 s41, s44, 10
	s_and_b32 s9, s9, 0xffff
	v_lshrrev_b64 v[14:15], v24, s[14:15]
	v_and_b32_e32 v5, 1, v14
	v_cmp_eq_u32_e64 s[14:15], 1, v5
	s_add_i32 m0, s41, 0x81f0
	s_mul_i32 s27, s44, 0x410
	s_waitcnt lgkmcnt(0)
	v_cndmask_b32_e64 v3, v23, v3, s[14:15]
	s_and_b64 s[24:25], s[24:25], s[2:3]
	buffer_load_dwordx4 v3, s[8:11], 0 offen lds
	s_and_b32 s13, s13, 0xffff
	s_mov_b32 s14, s10
	s_mov_b32 s15, s11
	v_cndmask_b32_e64 v3, v23, v20, s[24:25]
	s_mov_b32 m0, s27
	v_mov_b32_e32 v29, 0x7f
	buffer_load_dwordx4 v3, s[12:15], 0 offen lds
	s_add_i32 m0, s27, 0x1040
	v_cndmask_b32_e64 v3, v23, v26, s[24:25]
	buffer_load_dwordx4 v3, s[12:15], 0 offen lds
	s_add_i32 m0, s27, 0x2080
	v_cndmask_b32_e64 v3, v23, v30, s[24:25]
	buffer_load_dwordx4 v3, s[12:15], 0 offen lds
	s_add_i32 m0, s27, 0x30c0
	v_cndmask_b32_e64 v3, v23, v12, s[24:25]
	buffer_load_dwordx4 v3, s[12:15], 0 offen lds
	s_load_dwordx2 s[24:25], s[4:5], 0x20
	s_add_i32 s43, s40, 0xffffff80
	s_mov_b32 s42, 0x81f0
	v_lshlrev_b32_e32 v20, 3, v6
	v_lshlrev_b32_e32 v25, 10, v6
	v_lshlrev_b32_e32 v21, 7, v11
	v_lshrrev_b32_e32 v22, 1, v18
	v_add_u32_e32 v3, 0, v19
	s_cmp_lt_i32 s43, 1
	v_lshlrev_b32_e32 v26, 4, v8
	s_waitcnt vmcnt(8)
	v_cndmask_b32_e64 v45, v29, v32, s[18:19]
	s_waitcnt vmcnt(7)
	v_cndmask_b32_e64 v46, v29, v33, s[18:19]
	s_waitcnt vmcnt(6)
	v_cndmask_b32_e64 v5, v29, v13, s[20:21]
	s_waitcnt vmcnt(5)
	v_cndmask_b32_e64 v6, v29, v27, s[22:23]
	v_lshlrev_b32_e32 v27, 2, v11
	ds_write_b8 v3, v5 offset:41456
	ds_write_b8 v3, v6 offset:41712
	s_cbranch_scc1 .LBB0_4
	s_lshl_b32 s15, s44, 8
	v_and_b32_e32 v3, 0x70, v20
	s_and_b32 s20, s15, 0x200
	s_lshl_b32 s15, s16, 7
	v_bitop3_b32 v30, v3, v21, v22 bitop3:0xde
	v_or_b32_e32 v3, s15, v10
	v_add_u32_e32 v3, v3, v9
	v_add3_u32 v3, v3, v8, s44
	s_lshl_b32 s16, s48, 7
	v_bitop3_b32 v5, v20, v22, s49 bitop3:0x6c
	s_movk_i32 s14, 0x60
	v_subrev_u32_e32 v3, s16, v3
	v_bitop3_b32 v31, v5, 32, v21 bitop3:0x36
	v_bitop3_b32 v32, v5, 64, v21 bitop3:0x36
	v_bitop3_b32 v33, v5, s14, v21 bitop3:0x36
	v_add_u32_e32 v5, 12, v3
	v_mul_lo_u32 v5, s26, v5
	s_movk_i32 s14, 0x80
	v_add_u32_e32 v5, s39, v5
	v_add3_u32 v36, v5, v0, s14
	v_add_u32_e32 v5, 8, v3
	v_mul_lo_u32 v5, s26, v5
	v_add_u32_e32 v5, s39, v5
	v_add3_u32 v37, v5, v0, s14
	v_add_u32_e32 v5, 4, v3
	v_mul_lo_u32 v5, s26, v5
	v_mul_lo_u32 v3, s26, v3
	v_add_u32_e32 v5, s39, v5
	v_add_u32_e32 v3, s39, v3
	v_add3_u32 v38, v5, v0, s14
	v_add3_u32 v39, v3, v0, s14
	v_add_u32_e32 v0, s17, v1
	v_lshrrev_b32_e32 v0, 2, v0
	v_or_b32_e32 v0, s15, v0
	v_subrev_u32_e32 v0, s16, v0
	v_add_u32_e32 v1, 64, v0
	v_mul_lo_u32 v0, s47, v0
	v_mul_lo_u32 v1, s47, v1
	v_add_u32_e32 v0, s38, v0
	v_and_b32_e32 v34, 0x3c00, v25
	s_lshl_b32 s18, s44, 7
	v_add_u32_e32 v1, s38, v1
	v_add3_u32 v43, v0, v7, 4
	v_mov_b32_e32 v0, 0
	s_and_b32 s19, s18, 0x80
	v_lshrrev_b32_e32 v35, 6, v34
	v_add_u32_e32 v40, 6, v4
	v_add_u32_e32 v41, 0x80, v2
	v_add3_u32 v42, v1, v7, 4
	s_mov_b32 s23, 0xa1f0
	s_mov_b32 s21, 0xc0c0004
	v_cndmask_b32_e64 v44, 0, 1, s[34:35]
	s_mov_b32 s26, 0
	v_mov_b32_e32 v1, v0
	v_mov_b32_e32 v2, v0
	v_mov_b32_e32 v3, v0
	v_mov_b32_e32 v4, v0
	v_mov_b32_e32 v5, v0
	v_mov_b32_e32 v6, v0
	v_mov_b32_e32 v7, v0
	v_mov_b32_e32 v8, v0
	v_mov_b32_e32 v9, v0
	v_mov_b32_e32 v10, v0
	v_mov_b32_e32 v11, v0
	v_mov_b32_e32 v12, v0
	v_mov_b32_e32 v13, v0
	v_mov_b32_e32 v14, v0
	v_mov_b32_e32 v15, v0
	s_mov_b32 s22, 0
.LBB0_3:
	v_mov_b32_e32 v48, v46
	v_add_u32_e32 v46, s22, v41
	s_add_i32 s26, s26, 1
	v_cmp_ne_u32_e64 s[16:17], 0, v44
	s_cmp_lt_i32 s26, 2
	ds_bpermute_b32 v57, v28, v46
	v_lshrrev_b64 v[46:47], v24, s[16:17]
	s_cselect_b32 s26, s26, 0
	v_and_b32_e32 v46, 1, v46
	s_add_i32 s34, s46, s19
	s_add_i32 s23, s18, s23
	s_lshl_b32 s46, s26, 14
	s_lshl_b32 s35, s26, 12
	v_cmp_eq_u32_e64 s[16:17], 1, v46
	v_add3_u32 v46, s23, v27, v16
	s_lshr_b32 s23, s46, 6
	v_add_u32_e32 v47, s42, v30
	v_add_u32_e32 v58, s42, v31
	v_add_u32_e32 v59, s42, v32
	v_add_u32_e32 v60, s42, v33
	s_add_i32 s42, s35, 0x81f0
	s_add_i32 s46, s46, s23
	v_add_u32_e32 v49, s22, v39
	s_add_i32 m0, s42, s41
	s_waitcnt lgkmcnt(0)
	v_cndmask_b32_e64 v57, v23, v57, s[16:17]
	s_add_i32 s16, s46, s27
	s_waitcnt vmcnt(0)
	s_barrier
	v_add_u32_e32 v50, s22, v38
	s_mov_b32 s14, s10
	s_mov_b32 s15, s11
	v_cndmask_b32_e64 v49, v23, v49, s[2:3]
	buffer_load_dwordx4 v57, s[8:11], 0 offen lds
	s_mov_b32 m0, s16
	v_add_u32_e32 v51, s22, v37
	v_cndmask_b32_e64 v50, v23, v50, s[2:3]
	s_add_i32 s34, s34, s20
	buffer_load_dwordx4 v49, s[12:15], 0 offen lds
	s_add_i32 m0, s16, 0x1040
	v_add_u32_e32 v52, s22, v36
	v_cndmask_b32_e64 v51, v23, v51, s[2:3]
	v_perm_b32 v45, v45, v48, s21
	v_add3_u32 v48, s34, v34, v26
	buffer_load_dwordx4 v50, s[12:15], 0 offen lds
	s_add_i32 m0, s16, 0x2080
	v_cndmask_b32_e64 v52, v23, v52, s[2:3]
	v_add3_u32 v48, v48, v22, v35
	buffer_load_dwordx4 v51, s[12:15], 0 offen lds
	s_add_i32 m0, s16, 0x30c0
	ds_read_b128 v[62:65], v47
	ds_read_b128 v[66:69], v58
	ds_read_b128 v[70:73], v59
	ds_read_b128 v[74:77], v60
	buffer_load_dwordx4 v52, s[12:15], 0 offen lds
	ds_read_b128 v[78:81], v48
	ds_read_b128 v[82:85], v48 offset:32
	ds_read_u8 v47, v46
	ds_read_u8 v46, v46 offset:2
	v_add_u32_e32 v53, -2, v40
	s_mov_b32 s38, s10
	s_mov_b32 s39, s11
	v_cndmask_b32_e32 v54, v23, v40, vcc
	v_cndmask_b32_e32 v53, v23, v53, vcc
	s_waitcnt lgkmcnt(0)
	v_perm_b32 v46, v47, v46, s21
	buffer_load_ubyte v47, v54, s[36:39], 0 offen
	v_cndmask_b32_e64 v55, v23, v43, s[0:1]
	s_mov_b32 s30, s10
	s_mov_b32 s31, s11
	v_cndmask_b32_e64 v56, v23, v42, s[6:7]
	buffer_load_ubyte v49, v53, s[36:39], 0 offen
	buffer_load_ubyte v50, v55, s[28:31], 0 offen
	buffer_load_ubyte v51, v56, s[28:31], 0 offen
	v_mfma_scale_f32_32x32x64_f8f6f4 v[0:15], v[78:85], v[62:69], v[0:15], v46, v45 op_sel_hi:[0,0,0]
	ds_read_b128 v[52:55], v48 offset:64
	ds_read_b128 v[56:59], v48 offset:96
	s_lshl_b32 s14, s26, 9
	s_addk_i32 s22, 0x80
	s_add_i32 s23, s14, 0xa1f0
	v_add_u32_e32 v40, 4, v40
	v_add_u32_e32 v42, 4, v42
	v_add_u32_e32 v43, 4, v43
	v_add_u32_e32 v48, s14, v19
	s_cmp_lt_i32 s22, s43
	s_waitcnt lgkmcnt(0)
	s_barrier
	v_mfma_scale_f32_32x32x64_f8f6f4 v[0:15], v[52:59], v[70:77], v[0:15], v46, v45 op_sel:[1,1,0] op_sel_hi:[0,0,0]
	s_waitcnt vmcnt(3)
	v_cndmask_b32_e32 v46, v29, v47, vcc
	s_waitcnt vmcnt(2)
	v_cndmask_b32_e32 v45, v29, v49, vcc
	s_waitcnt vmcnt(1)
	v_cndmask_b32_e64 v47, v29, v50, s[0:1]
	s_waitcnt vmcnt(0)
	v_cndmask_b32_e64 v49, v29, v51, s[6:7]
	ds_write_b8 v48, v47 offset:41456
	ds_write_b8 v48, v49 offset:41712
	s_cbranch_scc1 .LBB0_3
	s_branch .LBB0_5
.LBB0_4:
	v_mov_b32_e32 v15, 0
	s_mov_b32 s23, 0xa1f0
	v_mov_b32_e32 v14, v15
	v_mov_b32_e32 v13, v15
	v_mov_b32_e32 v12, v15
	v_mov_b32_e32 v11, v15
	v_mov_b32_e32 v10, v15
	v_mov_b32_e32 v9, v15
	v_mov_b32_e32 v8, v15
	v_mov_b32_e32 v7, v15
	v_mov_b32_e32 v6, v15
	v_mov_b32_e32 v5, v15
	v_mov_b32_e32 v4, v15
	v_mov_b32_e32 v3, v15
	v_mov_b32_e32 v2, v15
	v_mov_b32_e32 v1, v15
	v_mov_b32_e32 v0, v15
.LBB0_5:
	s_load_dword s4, s[4:5], 0x6c
	s_add_i32 s0, s40, 0x7f
	s_cmpk_lt_i32 s0, 0x80
	s_waitcnt vmcnt(0) lgkmcnt(0)
	s_barrier
	s_cbranch_scc1 .LBB0_7
	s_lshl_b32 s0, s44, 7
	s_add_i32 s1, s0, s23
	v_add3_u32 v16, s1, v27, v16
	s_and_b32 s0, s0, 0x80
	s_lshl_b32 s1, s44, 8
	s_and_b32 s1, s1, 0x200
	s_add_i32 s0, s46, s0
	v_and_b32_e32 v19, 0x3c00, v25
	s_add_i32 s0, s0, s1
	v_lshrrev_b32_e32 v23, 6, v19
	v_add3_u32 v19, s0, v19, v26
	v_add3_u32 v19, v19, v22, v23
	v_and_b32_e32 v23, 0x70, v20
	v_bitop3_b32 v23, v23, v21, v22 bitop3:0xde
	v_xad_u32 v24, v23, 32, s42
	v_add_u32_e32 v25, s42, v23
	ds_read_b128 v[38:41], v24
	ds_read_b128 v[34:37], v25
	ds_read_u8 v24, v16
	ds_read_u8 v16, v16 offset:2
	ds_read_b128 v[26:29], v19
	ds_read_b128 v[30:33], v19 offset:32
	v_lshlrev_b16_e32 v25, 8, v46
	v_or_b32_e32 v25, v45, v25
	s_mov_b32 s0, 0xc0c0004
	v_and_b32_e32 v25, 0xffff, v25
	s_waitcnt lgkmcnt(2)
	v_perm_b32 v16, v24, v16, s0
	s_movk_i32 s0, 0x70
	s_waitcnt lgkmcnt(0)
	v_mfma_scale_f32_32x32x64_f8f6f4 v[0:15], v[26:33], v[34:41], v[0:15], v16, v25 op_sel_hi:[0,0,0]
	ds_read_b128 v[30:33], v19 offset:96
	ds_read_b128 v[26:29], v19 offset:64
	v_bitop3_b32 v19, v20, v22, s0 bitop3:0x6c
	s_movk_i32 s0, 0x60
	v_bitop3_b32 v19, v19, s0, v21 bitop3:0x36
	v_add_u32_e32 v19, s42, v19
	v_xad_u32 v20, v23, 64, s42
	ds_read_b128 v[38:41], v19
	ds_read_b128 v[34:37], v20
	s_waitcnt lgkmcnt(0)
	v_mfma_scale_f32_32x32x64_f8f6f4 v[0:15], v[26:33], v[34:41], v[0:15], v16, v25 op_sel:[1,1,0] op_sel_hi:[0,0,0]
.LBB0_7:
	v_lshrrev_b32_e32 v16, 2, v18
	v_lshl_or_b32 v16, s44, 5, v16
	v_or_b32_e32 v16, s45, v16
	v_cmp_gt_i32_e64 s[0:1], s33, v16
	v_mul_lo_u32 v17, v17, s4
	v_or_b32_e32 v18, 16, v16
	s_nop 13
	v_cvt_pk_bf16_f32 v0, v0, v1
	v_cvt_pk_bf16_f32 v1, v2, v3
	v_cvt_pk_bf16_f32 v2, v4, v5
	v_cvt_pk_bf16_f32 v3, v6, v7
	v_cvt_pk_bf16_f32 v4, v8, v9
	v_add_lshl_u32 v8, v17, v16, 1
	v_bfrev_b32_e32 v9, 1
	s_and_b64 s[0:1], s[0:1], vcc
	v_cmp_gt_i32_e64 s[2:3], s33, v18
	v_permlane32_swap_b32_e32 v0, v2
	s_and_b32 s25, s25, 0xffff
	v_permlane32_swap_b32_e32 v1, v3
	s_mov_b32 s27, 0x27000
	s_mov_b32 s26, 0x7ffffffe
	v_cndmask_b32_e64 v8, v9, v8, s[0:1]
	v_cvt_pk_bf16_f32 v5, v10, v11
	v_cvt_pk_bf16_f32 v6, v12, v13
	v_cvt_pk_bf16_f32 v7, v14, v15
	buffer_store_dwordx4 v[0:3], v8, s[24:27], 0 offen
	s_and_b64 vcc, s[2:3], vcc
	v_permlane32_swap_b32_e32 v4, v6
	v_add_lshl_u32 v0, v17, v18, 1
	v_permlane32_swap_b32_e32 v5, v7
	v_cndmask_b32_e32 v0, v9, v0, vcc
	buffer_store_dwordx4 v[4:7], v0, s[24:27], 0 offen
.LBB0_8:
	s_endpgm
.Lfunc_end0:
	.amdhsa_kernel _mxfp8_kernel
		.amdhsa_group_segment_fixed_size 0
		.amdhsa_private_segment_fixed_size 0
		.amdhsa_kernarg_size 384
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
		.amdhsa_next_free_vgpr 86
		.amdhsa_next_free_sgpr 50
		.amdhsa_accum_offset 88
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
      - .address_space:  global
        .offset:         112
        .size:           8
        .value_kind:     global_buffer
      - .address_space:  global
        .offset:         120
        .size:           8
        .value_kind:     global_buffer
      - .offset:         128
        .size:           4
        .value_kind:     hidden_block_count_x
      - .offset:         132
        .size:           4
        .value_kind:     hidden_block_count_y
      - .offset:         136
        .size:           4
        .value_kind:     hidden_block_count_z
      - .offset:         140
        .size:           2
        .value_kind:     hidden_group_size_x
      - .offset:         142
        .size:           2
        .value_kind:     hidden_group_size_y
      - .offset:         144
        .size:           2
        .value_kind:     hidden_group_size_z
      - .offset:         146
        .size:           2
        .value_kind:     hidden_remainder_x
      - .offset:         148
        .size:           2
        .value_kind:     hidden_remainder_y
      - .offset:         150
        .size:           2
        .value_kind:     hidden_remainder_z
      - .offset:         168
        .size:           8
        .value_kind:     hidden_global_offset_x
      - .offset:         176
        .size:           8
        .value_kind:     hidden_global_offset_y
      - .offset:         184
        .size:           8
        .value_kind:     hidden_global_offset_z
      - .offset:         192
        .size:           2
        .value_kind:     hidden_grid_dims
      - .offset:         208
        .size:           8
        .value_kind:     hidden_hostcall_buffer
      - .offset:         216
        .size:           8
        .value_kind:     hidden_multigrid_sync_arg
      - .offset:         224
        .size:           8
        .value_kind:     hidden_heap_v1
      - .offset:         232
        .size:           8
        .value_kind:     hidden_default_queue
      - .offset:         240
        .size:           8
        .value_kind:     hidden_completion_action
      - .offset:         248
        .size:           4
        .value_kind:     hidden_dynamic_lds_size
      - .offset:         328
        .size:           8
        .value_kind:     hidden_queue_ptr
    .group_segment_fixed_size: 0
    .kernarg_segment_align: 8
    .kernarg_segment_size: 384
    .max_flat_workgroup_size: 256
    .name:           _mxfp8_kernel
    .private_segment_fixed_size: 0
    .sgpr_count:     56
    .sgpr_spill_count: 0
    .symbol:         _mxfp8_kernel.kd
    .uniform_work_group_size: 1
    .uses_dynamic_stack: false
    .vgpr_count:     86
    .vgpr_spill_count: 0
    .wavefront_size: 64
amdhsa.target:   amdgpu9.50-amd-amdhsa-unknown-gfx950
amdhsa.version:
  - 1
  - 2
...

	.end_amdgpu_metadata
