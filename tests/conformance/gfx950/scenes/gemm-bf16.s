	.amdgcn_target "amdgpu9.50-amd-amdhsa-unknown-gfx950"
	.amdhsa_code_object_version 5
_bf16_kernel:
	s_load_dwordx8 s[8:15], s[4:5], 0x0
	s_waitcnt lgkmcnt(0)
	s_branch .LBB0_0
.LBB0_0:
	s_load_dword s33, s[4:5], 0x3c
	s_load_dwordx2 s[6:7], s[4:5], 0x30
	s_mov_b64 s[20:21], s[14:15]
	s_mov_b64 s[24:25], s[10:11]
	s_abs_i32 s3, s16
	s_waitcnt lgkmcnt(0)
	s_add_i32 s0, s33, 0x7f
	s_ashr_i32 s1, s0, 31
	s_lshr_b32 s1, s1, 25
	s_add_i32 s0, s0, s1
	s_ashr_i32 s1, s0, 7
	s_abs_i32 s0, s1
	v_cvt_f32_u32_e32 v1, s0
	s_sub_i32 s11, 0, s0
	s_xor_b32 s10, s16, s1
	s_ashr_i32 s10, s10, 31
	v_rcp_f32_e32 v1, v1
	s_load_dword s6, s[6:7], 0x0
	v_and_b32_e32 v0, 0x3ff, v0
	s_mov_b32 s35, 0
	v_mul_f32_e32 v1, 0x4f7ffffe, v1
	v_cvt_u32_f32_e32 v1, v1
	v_readfirstlane_b32 s2, v0
	v_readfirstlane_b32 s14, v1
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
	s_lshl_b32 s3, s0, 4
	s_waitcnt lgkmcnt(0)
	s_cmp_lt_i32 s3, s6
	s_cbranch_scc0 .LBB0_8
	s_bfe_u32 s23, s2, 0x20006
	s_load_dwordx4 s[28:31], s[4:5], 0x20
	s_load_dword s22, s[4:5], 0x38
	v_and_b32_e32 v1, 63, v0
	s_lshl_b32 s2, s23, 6
	v_or_b32_e32 v2, s2, v1
	v_lshrrev_b32_e32 v3, 4, v2
	v_or_b32_e32 v3, s3, v3
	s_mov_b32 s11, 0x27000
	s_mov_b32 s10, 0x7ffffffe
	s_waitcnt lgkmcnt(0)
	s_mov_b64 s[18:19], s[30:31]
	s_and_b32 s29, s29, 0xffff
	s_mov_b32 s30, s10
	s_mov_b32 s31, s11
	v_lshlrev_b32_e32 v3, 2, v3
	buffer_load_dword v3, v3, s[28:31], 0 offen
	v_and_b32_e32 v29, 15, v0
	v_or_b32_e32 v4, s3, v29
	v_lshlrev_b32_e32 v4, 2, v4
	buffer_load_dword v9, v4, s[28:31], 0 offen
	s_load_dwordx4 s[28:31], s[4:5], 0x40
	s_load_dword s36, s[4:5], 0x50
	s_mul_i32 s3, s0, s1
	v_mov_b32_e32 v4, 0xf0
	v_and_b32_e32 v30, 48, v0
	s_waitcnt lgkmcnt(0)
	s_abs_i32 s37, s29
	v_cvt_f32_u32_e32 v10, s37
	s_sub_i32 s3, s16, s3
	v_or_b32_e32 v0, s23, v30
	v_bitop3_b32 v28, s2, v4, v1 bitop3:0xc8
	v_rcp_f32_e32 v10, v10
	s_lshl_b32 s34, s3, 7
	v_or_b32_e32 v4, s34, v0
	v_lshlrev_b32_e32 v0, 3, v2
	v_lshrrev_b32_e32 v2, 1, v28
	v_xor_b32_e32 v2, v2, v0
	v_sub_u32_e32 v0, v2, v0
	v_mul_f32_e32 v2, 0x4f7ffffe, v10
	v_cvt_u32_f32_e32 v2, v2
	s_sub_i32 s6, 0, s37
	v_ashrrev_i32_e32 v0, 3, v0
	v_add_u32_e32 v31, v0, v1
	v_mul_lo_u32 v0, s6, v2
	v_mul_hi_u32 v0, v2, v0
	v_add_u32_e32 v0, v2, v0
	s_ashr_i32 s1, s0, 31
	s_lshl_b64 s[26:27], s[0:1], 2
	v_lshlrev_b32_e32 v8, 3, v29
	v_or_b32_e32 v5, 4, v4
	v_or_b32_e32 v6, 8, v4
	v_or_b32_e32 v7, 12, v4
	v_or_b32_e32 v20, 64, v4
	v_or_b32_e32 v22, 0x44, v4
	v_or_b32_e32 v24, 0x48, v4
	v_or_b32_e32 v26, 0x4c, v4
	v_cmp_gt_i32_e64 s[2:3], s28, v8
	v_cmp_gt_i32_e64 s[0:1], s33, v20
	v_cmp_gt_i32_e32 vcc, s33, v4
	s_waitcnt vmcnt(1)
	v_sub_u32_e32 v2, 0, v3
	v_cmp_lt_i32_e64 s[6:7], -1, v3
	v_cmp_gt_i32_e64 s[14:15], s22, v3
	v_max_i32_e32 v2, v2, v3
	s_and_b64 s[16:17], s[6:7], s[14:15]
	v_mul_hi_u32 v0, v2, v0
	v_xor_b32_e32 v1, s29, v3
	s_add_u32 s6, s18, s26
	v_mul_lo_u32 v3, v0, s37
	s_addc_u32 s7, s19, s27
	v_sub_u32_e32 v2, v2, v3
	v_add_u32_e32 v10, 1, v0
	s_load_dword s19, s[6:7], 0x0
	v_cmp_le_u32_e64 s[6:7], s37, v2
	v_subrev_u32_e32 v3, s37, v2
	v_ashrrev_i32_e32 v1, 31, v1
	v_cndmask_b32_e64 v0, v0, v10, s[6:7]
	v_cndmask_b32_e64 v2, v2, v3, s[6:7]
	v_add_u32_e32 v3, 1, v0
	v_cmp_le_u32_e64 s[6:7], s37, v2
	s_waitcnt lgkmcnt(0)
	s_mul_i32 s19, s19, s31
	s_cmp_gt_i32 s28, 0
	v_cndmask_b32_e64 v0, v0, v3, s[6:7]
	v_xor_b32_e32 v0, v0, v1
	v_sub_u32_e32 v0, v0, v1
	s_waitcnt vmcnt(0)
	v_mad_u64_u32 v[10:11], s[6:7], v0, s30, v[8:9]
	v_add_u32_e32 v0, s19, v8
	v_mad_u64_u32 v[14:15], s[6:7], v5, s36, v[0:1]
	s_cselect_b64 s[14:15], -1, 0
	s_and_b64 s[26:27], s[2:3], s[16:17]
	v_mad_u64_u32 v[12:13], s[6:7], v4, s36, v[0:1]
	v_mad_u64_u32 v[16:17], s[6:7], v6, s36, v[0:1]
	v_mad_u64_u32 v[18:19], s[6:7], v7, s36, v[0:1]
	v_mad_u64_u32 v[20:21], s[6:7], v20, s36, v[0:1]
	v_mad_u64_u32 v[22:23], s[6:7], v22, s36, v[0:1]
	v_mad_u64_u32 v[24:25], s[6:7], v24, s36, v[0:1]
	v_mad_u64_u32 v[26:27], s[6:7], v26, s36, v[0:1]
	v_lshlrev_b32_e32 v15, 2, v31
	ds_bpermute_b32 v2, v15, v10
	s_and_b64 s[6:7], s[14:15], s[26:27]
	v_cndmask_b32_e64 v0, 0, 1, s[6:7]
	v_cmp_ne_u32_e64 s[6:7], 0, v0
	s_lshl_b32 s18, s23, 10
	v_bfrev_b32_e32 v19, 1
	v_lshrrev_b64 v[0:1], v31, s[6:7]
	v_and_b32_e32 v0, 1, v0
	s_waitcnt lgkmcnt(0)
	v_lshlrev_b32_e32 v1, 1, v2
	v_cmp_eq_u32_e64 s[6:7], 1, v0
	s_and_b32 s9, s9, 0xffff
	s_add_i32 m0, s18, 0x107e0
	v_cndmask_b32_e64 v0, v19, v1, s[6:7]
	s_and_b64 s[6:7], s[2:3], vcc
	buffer_load_dwordx4 v0, s[8:11], 0 offen lds
	s_and_b64 s[30:31], s[2:3], s[0:1]
	s_mul_i32 s19, s23, 0x420
	v_lshlrev_b32_e32 v0, 1, v12
	s_and_b64 s[2:3], s[14:15], s[6:7]
	s_and_b32 s25, s25, 0xffff
	s_mov_b32 s26, s10
	s_mov_b32 s27, s11
	v_cndmask_b32_e64 v0, v19, v0, s[2:3]
	s_mov_b32 m0, s19
	s_add_i32 s29, s28, 0xffffff80
	buffer_load_dwordx4 v0, s[24:27], 0 offen lds
	v_lshlrev_b32_e32 v0, 1, v14
	s_add_i32 m0, s19, 0x1080
	v_cndmask_b32_e64 v0, v19, v0, s[2:3]
	buffer_load_dwordx4 v0, s[24:27], 0 offen lds
	v_lshlrev_b32_e32 v0, 1, v16
	s_add_i32 m0, s19, 0x2100
	v_cndmask_b32_e64 v0, v19, v0, s[2:3]
	buffer_load_dwordx4 v0, s[24:27], 0 offen lds
	v_lshlrev_b32_e32 v0, 1, v18
	s_add_i32 m0, s19, 0x3180
	v_cndmask_b32_e64 v0, v19, v0, s[2:3]
	buffer_load_dwordx4 v0, s[24:27], 0 offen lds
	v_lshlrev_b32_e32 v0, 1, v20
	s_and_b64 s[2:3], s[14:15], s[30:31]
	s_add_i32 m0, s19, 0x4200
	v_cndmask_b32_e64 v0, v19, v0, s[2:3]
	buffer_load_dwordx4 v0, s[24:27], 0 offen lds
	v_lshlrev_b32_e32 v0, 1, v22
	s_add_i32 m0, s19, 0x5280
	v_cndmask_b32_e64 v0, v19, v0, s[2:3]
	buffer_load_dwordx4 v0, s[24:27], 0 offen lds
	v_lshlrev_b32_e32 v0, 1, v24
	s_add_i32 m0, s19, 0x6300
	v_cndmask_b32_e64 v0, v19, v0, s[2:3]
	buffer_load_dwordx4 v0, s[24:27], 0 offen lds
	v_lshlrev_b32_e32 v0, 1, v26
	s_add_i32 m0, s19, 0x7380
	v_cndmask_b32_e64 v0, v19, v0, s[2:3]
	buffer_load_dwordx4 v0, s[24:27], 0 offen lds
	s_mov_b32 s31, 0x107e0
	s_cmp_lt_i32 s29, 1
	v_lshlrev_b32_e32 v11, 8, v29
	v_lshlrev_b32_e32 v13, 4, v29
	v_lshlrev_b32_e32 v17, 5, v29
	s_cbranch_scc1 .LBB0_4
	v_xor_b32_e32 v0, v13, v30
	s_movk_i32 s2, 0x80
	v_bitop3_b32 v25, v0, s2, v11 bitop3:0x36
	s_movk_i32 s2, 0xc0
	v_mov_b32_e32 v4, 0
	v_bitop3_b32 v21, v13, v11, v30 bitop3:0xde
	v_bitop3_b32 v23, v0, 64, v11 bitop3:0x36
	v_bitop3_b32 v27, v0, s2, v11 bitop3:0x36
	v_lshlrev_b32_e32 v32, 10, v29
	s_lshl_b32 s30, s23, 8
	s_mov_b32 s37, 0
	v_mov_b32_e32 v5, v4
	v_mov_b32_e32 v6, v4
	v_mov_b32_e32 v7, v4
	v_mov_b32_e32 v0, v4
	v_mov_b32_e32 v1, v4
	v_mov_b32_e32 v2, v4
	v_mov_b32_e32 v3, v4
	s_mov_b32 s36, 0
.LBB0_3:
	s_add_i32 s2, s37, 1
	s_cmp_lt_i32 s2, 2
	s_cselect_b32 s37, s2, 0
	s_addk_i32 s36, 0x80
	s_sub_i32 s2, s28, s36
	v_add_u32_e32 v10, 0x80, v10
	s_lshl_b32 s6, s37, 12
	s_lshl_b32 s7, s37, 10
	v_cmp_gt_i32_e64 s[2:3], s2, v8
	s_mov_b32 s38, s31
	ds_bpermute_b32 v33, v15, v10
	s_add_i32 s31, s6, 0x107e0
	s_and_b32 s15, s7, 0xffffc00
	s_and_b64 s[6:7], s[16:17], s[2:3]
	v_add_u32_e32 v12, 0x80, v12
	v_add_u32_e32 v14, 0x80, v14
	s_lshl_b32 s14, s37, 15
	v_cndmask_b32_e64 v42, 0, 1, s[6:7]
	s_mov_b32 s39, s35
	v_lshlrev_b32_e32 v34, 1, v12
	v_lshlrev_b32_e32 v35, 1, v14
	s_add_i32 s35, s14, s15
	s_and_b64 s[6:7], vcc, s[2:3]
	v_cmp_ne_u32_e64 s[14:15], 0, v42
	v_add_u32_e32 v20, 0x80, v20
	v_add_u32_e32 v22, 0x80, v22
	v_add_u32_e32 v24, 0x80, v24
	v_add_u32_e32 v26, 0x80, v26
	v_cndmask_b32_e64 v43, v19, v34, s[6:7]
	v_cndmask_b32_e64 v42, v19, v35, s[6:7]
	v_lshrrev_b64 v[34:35], v31, s[14:15]
	v_lshlrev_b32_e32 v38, 1, v20
	v_lshlrev_b32_e32 v39, 1, v22
	v_lshlrev_b32_e32 v40, 1, v24
	v_lshlrev_b32_e32 v41, 1, v26
	s_and_b64 s[2:3], s[0:1], s[2:3]
	v_and_b32_e32 v34, 1, v34
	v_cndmask_b32_e64 v38, v19, v38, s[2:3]
	s_waitcnt lgkmcnt(0)
	v_lshlrev_b32_e32 v33, 1, v33
	v_cndmask_b32_e64 v39, v19, v39, s[2:3]
	v_cndmask_b32_e64 v40, v19, v40, s[2:3]
	v_cndmask_b32_e64 v41, v19, v41, s[2:3]
	v_cmp_eq_u32_e64 s[2:3], 1, v34
	s_add_i32 m0, s31, s18
	s_add_i32 s40, s35, s19
	v_cndmask_b32_e64 v33, v19, v33, s[2:3]
	s_waitcnt vmcnt(0)
	s_barrier
	v_add_u32_e32 v16, 0x80, v16
	s_mov_b32 s26, s10
	s_mov_b32 s27, s11
	buffer_load_dwordx4 v33, s[8:11], 0 offen lds
	s_mov_b32 m0, s40
	v_add_u32_e32 v18, 0x80, v18
	v_lshlrev_b32_e32 v36, 1, v16
	buffer_load_dwordx4 v43, s[24:27], 0 offen lds
	s_add_i32 m0, s40, 0x1080
	v_lshlrev_b32_e32 v37, 1, v18
	v_cndmask_b32_e64 v36, v19, v36, s[6:7]
	buffer_load_dwordx4 v42, s[24:27], 0 offen lds
	s_add_i32 m0, s40, 0x2100
	v_cndmask_b32_e64 v37, v19, v37, s[6:7]
	buffer_load_dwordx4 v36, s[24:27], 0 offen lds
	s_add_i32 m0, s40, 0x3180
	s_add_i32 s2, s30, s39
	buffer_load_dwordx4 v37, s[24:27], 0 offen lds
	s_add_i32 m0, s40, 0x4200
	v_add_u32_e32 v33, s38, v21
	buffer_load_dwordx4 v38, s[24:27], 0 offen lds
	s_add_i32 m0, s40, 0x5280
	v_add_u32_e32 v37, s2, v32
	buffer_load_dwordx4 v39, s[24:27], 0 offen lds
	s_add_i32 m0, s40, 0x6300
	v_add_u32_e32 v34, s38, v23
	buffer_load_dwordx4 v40, s[24:27], 0 offen lds
	s_add_i32 m0, s40, 0x7380
	v_add_u32_e32 v35, s38, v25
	buffer_load_dwordx4 v41, s[24:27], 0 offen lds
	v_add_u32_e32 v36, s38, v27
	v_add3_u32 v37, v37, v30, v17
	ds_read_b128 v[38:41], v33
	ds_read_b128 v[42:45], v34
	ds_read_b128 v[46:49], v35
	ds_read_b128 v[50:53], v36
	ds_read_b128 v[54:57], v37
	ds_read_b128 v[58:61], v37 offset:64
	s_waitcnt lgkmcnt(1)
	v_mfma_f32_16x16x32_bf16 v[4:7], v[54:57], v[38:41], v[4:7]
	ds_read_b128 v[54:57], v37 offset:16896
	ds_read_b128 v[62:65], v37 offset:16960
	s_cmp_lt_i32 s36, s29
	s_waitcnt lgkmcnt(1)
	v_mfma_f32_16x16x32_bf16 v[0:3], v[54:57], v[38:41], v[0:3]
	v_mfma_f32_16x16x32_bf16 v[4:7], v[58:61], v[42:45], v[4:7]
	s_waitcnt lgkmcnt(0)
	v_mfma_f32_16x16x32_bf16 v[0:3], v[62:65], v[42:45], v[0:3]
	ds_read_b128 v[38:41], v37 offset:128
	ds_read_b128 v[42:45], v37 offset:192
	s_waitcnt lgkmcnt(1)
	v_mfma_f32_16x16x32_bf16 v[4:7], v[38:41], v[46:49], v[4:7]
	ds_read_b128 v[38:41], v37 offset:17024
	ds_read_b128 v[34:37], v37 offset:17088
	s_waitcnt lgkmcnt(1)
	v_mfma_f32_16x16x32_bf16 v[0:3], v[38:41], v[46:49], v[0:3]
	v_mfma_f32_16x16x32_bf16 v[4:7], v[42:45], v[50:53], v[4:7]
	s_waitcnt lgkmcnt(0)
	v_mfma_f32_16x16x32_bf16 v[0:3], v[34:37], v[50:53], v[0:3]
	s_cbranch_scc1 .LBB0_3
	s_branch .LBB0_5
.LBB0_4:
	v_mov_b32_e32 v3, 0
	v_mov_b32_e32 v2, v3
	v_mov_b32_e32 v1, v3
	v_mov_b32_e32 v0, v3
	v_mov_b32_e32 v7, v3
	v_mov_b32_e32 v6, v3
	v_mov_b32_e32 v5, v3
	v_mov_b32_e32 v4, v3
.LBB0_5:
	s_load_dword s2, s[4:5], 0x54
	s_add_i32 s1, s28, 0x7f
	s_movk_i32 s0, 0x80
	s_cmpk_lt_i32 s1, 0x80
	s_waitcnt vmcnt(0) lgkmcnt(0)
	s_barrier
	s_cbranch_scc1 .LBB0_7
	s_lshl_b32 s1, s23, 8
	s_add_i32 s1, s1, s35
	v_lshl_add_u32 v8, v29, 10, s1
	v_add3_u32 v8, v8, v30, v17
	ds_read_b128 v[14:17], v8 offset:64
	ds_read_b128 v[18:21], v8
	v_bitop3_b32 v10, v13, v11, v30 bitop3:0xde
	v_xad_u32 v12, v10, 64, s31
	v_add_u32_e32 v10, s31, v10
	ds_read_b128 v[22:25], v10
	ds_read_b128 v[32:35], v12
	ds_read_b128 v[36:39], v8 offset:192
	ds_read_b128 v[40:43], v8 offset:128
	s_waitcnt lgkmcnt(3)
	v_mfma_f32_16x16x32_bf16 v[4:7], v[18:21], v[22:25], v[4:7]
	v_xor_b32_e32 v10, v13, v30
	v_bitop3_b32 v12, v10, s0, v11 bitop3:0x36
	v_add_u32_e32 v12, s31, v12
	s_waitcnt lgkmcnt(2)
	v_mfma_f32_16x16x32_bf16 v[4:7], v[14:17], v[32:35], v[4:7]
	ds_read_b128 v[14:17], v8 offset:16896
	ds_read_b128 v[18:21], v12
	s_movk_i32 s0, 0xc0
	v_bitop3_b32 v10, v10, s0, v11 bitop3:0x36
	v_add_u32_e32 v10, s31, v10
	ds_read_b128 v[10:13], v10
	s_waitcnt lgkmcnt(1)
	v_mfma_f32_16x16x32_bf16 v[4:7], v[40:43], v[18:21], v[4:7]
	v_mfma_f32_16x16x32_bf16 v[0:3], v[14:17], v[22:25], v[0:3]
	ds_read_b128 v[14:17], v8 offset:16960
	s_waitcnt lgkmcnt(1)
	v_mfma_f32_16x16x32_bf16 v[4:7], v[36:39], v[10:13], v[4:7]
	s_waitcnt lgkmcnt(0)
	v_mfma_f32_16x16x32_bf16 v[0:3], v[14:17], v[32:35], v[0:3]
	ds_read_b128 v[14:17], v8 offset:17024
	s_waitcnt lgkmcnt(0)
	v_mfma_f32_16x16x32_bf16 v[0:3], v[14:17], v[18:21], v[0:3]
	ds_read_b128 v[14:17], v8 offset:17088
	s_waitcnt lgkmcnt(0)
	v_mfma_f32_16x16x32_bf16 v[0:3], v[14:17], v[10:13], v[0:3]
.LBB0_7:
	v_cmp_lt_i32_e32 vcc, -1, v9
	v_cmp_gt_i32_e64 s[0:1], s22, v9
	v_lshlrev_b32_e32 v8, 2, v9
	v_bfrev_b32_e32 v10, 1
	s_and_b64 vcc, vcc, s[0:1]
	s_and_b32 s21, s21, 0xffff
	s_mov_b32 s23, 0x27000
	s_mov_b32 s22, 0x7ffffffe
	v_cndmask_b32_e32 v8, v10, v8, vcc
	buffer_load_dword v8, v8, s[20:23], 0 offen
	v_lshrrev_b32_e32 v11, 2, v28
	v_or_b32_e32 v11, s34, v11
	v_or_b32_e32 v12, 64, v11
	v_mul_lo_u32 v9, v9, s2
	v_cmp_gt_i32_e64 s[0:1], s33, v11
	v_cmp_gt_i32_e64 s[2:3], s33, v12
	v_add_lshl_u32 v11, v9, v11, 1
	s_and_b64 s[0:1], vcc, s[0:1]
	v_add_lshl_u32 v9, v9, v12, 1
	s_and_b64 vcc, s[2:3], vcc
	v_cndmask_b32_e32 v9, v10, v9, vcc
	s_and_b32 s13, s13, 0xffff
	s_mov_b32 s14, s22
	s_mov_b32 s15, s23
	v_cndmask_b32_e64 v11, v10, v11, s[0:1]
	s_waitcnt vmcnt(0)
	v_pk_mul_f32 v[4:5], v[4:5], v[8:9] op_sel_hi:[1,0]
	v_pk_mul_f32 v[6:7], v[6:7], v[8:9] op_sel_hi:[1,0]
	v_pk_mul_f32 v[0:1], v[0:1], v[8:9] op_sel_hi:[1,0]
	v_pk_mul_f32 v[2:3], v[2:3], v[8:9] op_sel_hi:[1,0]
	v_cvt_pk_bf16_f32 v4, v4, v5
	v_cvt_pk_bf16_f32 v5, v6, v7
	v_cvt_pk_bf16_f32 v0, v0, v1
	v_cvt_pk_bf16_f32 v1, v2, v3
	buffer_store_dwordx2 v[4:5], v11, s[12:15], 0 offen
	buffer_store_dwordx2 v[0:1], v9, s[12:15], 0 offen
.LBB0_8:
	s_endpgm
.Lfunc_end0:
	.amdhsa_kernel _bf16_kernel
		.amdhsa_group_segment_fixed_size 0
		.amdhsa_private_segment_fixed_size 0
		.amdhsa_kernarg_size 360
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
		.amdhsa_next_free_vgpr 66
		.amdhsa_next_free_sgpr 41
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
      - .offset:         56
        .size:           4
        .value_kind:     by_value
      - .offset:         60
        .size:           4
        .value_kind:     by_value
      - .offset:         64
        .size:           4
        .value_kind:     by_value
      - .offset:         68
        .size:           4
        .value_kind:     by_value
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
      - .address_space:  global
        .offset:         88
        .size:           8
        .value_kind:     global_buffer
      - .address_space:  global
        .offset:         96
        .size:           8
        .value_kind:     global_buffer
      - .offset:         104
        .size:           4
        .value_kind:     hidden_block_count_x
      - .offset:         108
        .size:           4
        .value_kind:     hidden_block_count_y
      - .offset:         112
        .size:           4
        .value_kind:     hidden_block_count_z
      - .offset:         116
        .size:           2
        .value_kind:     hidden_group_size_x
      - .offset:         118
        .size:           2
        .value_kind:     hidden_group_size_y
      - .offset:         120
        .size:           2
        .value_kind:     hidden_group_size_z
      - .offset:         122
        .size:           2
        .value_kind:     hidden_remainder_x
      - .offset:         124
        .size:           2
        .value_kind:     hidden_remainder_y
      - .offset:         126
        .size:           2
        .value_kind:     hidden_remainder_z
      - .offset:         144
        .size:           8
        .value_kind:     hidden_global_offset_x
      - .offset:         152
        .size:           8
        .value_kind:     hidden_global_offset_y
      - .offset:         160
        .size:           8
        .value_kind:     hidden_global_offset_z
      - .offset:         168
        .size:           2
        .value_kind:     hidden_grid_dims
      - .offset:         184
        .size:           8
        .value_kind:     hidden_hostcall_buffer
      - .offset:         192
        .size:           8
        .value_kind:     hidden_multigrid_sync_arg
      - .offset:         200
        .size:           8
        .value_kind:     hidden_heap_v1
      - .offset:         208
        .size:           8
        .value_kind:     hidden_default_queue
      - .offset:         216
        .size:           8
        .value_kind:     hidden_completion_action
      - .offset:         224
        .size:           4
        .value_kind:     hidden_dynamic_lds_size
      - .offset:         304
        .size:           8
        .value_kind:     hidden_queue_ptr
    .group_segment_fixed_size: 0
    .kernarg_segment_align: 8
    .kernarg_segment_size: 360
    .max_flat_workgroup_size: 256
    .name:           _bf16_kernel
    .private_segment_fixed_size: 0
    .sgpr_count:     47
    .sgpr_spill_count: 0
    .symbol:         _bf16_kernel.kd
    .uniform_work_group_size: 1
    .uses_dynamic_stack: false
    .vgpr_count:     66
    .vgpr_spill_count: 0
    .wavefront_size: 64
amdhsa.target:   amdgpu9.50-amd-amdhsa-unknown-gfx950
amdhsa.version:
  - 1
  - 2
...

	.end_amdgpu_metadata
