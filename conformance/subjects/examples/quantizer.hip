// How do rows become MXFP8 in HIP, for gfx950? One work-item takes one block of 32 elements; needs no header.
//
// Rule rceil: the least exponent e, at least -127, with amax <= 448 * 2^e. A NaN keeps its sign as a NaN code and takes
// no part in amax; an infinity saturates, and its block has the byte of the largest finite amax.

#define BLOCK 32
#define INFINITY_BITS 0x7f800000u
#define MANTISSA_BITS 0x007fffffu
#define MANTISSA_OF_448 0x00600000u  // 448 is 1.75 * 2^8
#define LEAST_NORMAL 0x00800000u

__attribute__((device)) static inline float widened(_Float16 x) { return x; }
__attribute__((device)) static inline float widened(float x) { return x; }
__attribute__((device)) static inline float widened(unsigned short bf16) {
  return __builtin_bit_cast(float, (unsigned)bf16 << 16);
}

// x: rows of K elements, row_stride apart; codes and scales: contiguous.
template <typename Element>
__attribute__((device)) static inline void quantize(const Element* x, unsigned* codes, unsigned char* scales,
                                                    int blocks, int blocks_per_row, long row_stride) {
  int block = __builtin_amdgcn_workgroup_id_x() * 64 + __builtin_amdgcn_workitem_id_x();
  if (block >= blocks) return;
  const Element* from = x + block / blocks_per_row * row_stride + block % blocks_per_row * BLOCK;
  float values[BLOCK];
  unsigned amax = LEAST_NORMAL;  // as bits: magnitudes order as their bits do
#pragma unroll
  for (int i = 0; i < BLOCK; ++i) {
    values[i] = widened(from[i]);
    unsigned magnitude = __builtin_bit_cast(unsigned, values[i]) & ~0x80000000u;
    if (magnitude <= INFINITY_BITS && magnitude > amax) amax = magnitude;
  }
  if (amax == INFINITY_BITS) --amax;
  int byte = (int)(amax >> 23) - 8 + ((amax & MANTISSA_BITS) > MANTISSA_OF_448);
  if (byte < 0) byte = 0;
  scales[block] = byte;
#pragma unroll
  for (int i = 0; i < BLOCK; i += 4) {
    float scaled[4];
#pragma unroll
    for (int j = 0; j < 4; ++j) {
      float y = __builtin_ldexpf(values[i + j], 127 - byte);
      scaled[j] = y > 448.0f ? 448.0f : y < -448.0f ? -448.0f : y;  // a NaN stays one
    }
    int word = __builtin_amdgcn_cvt_pk_fp8_f32(scaled[0], scaled[1], 0, false);
    codes[(long)block * (BLOCK / 4) + i / 4] = __builtin_amdgcn_cvt_pk_fp8_f32(scaled[2], scaled[3], word, true);
  }
}

#define KERNEL(name, Element)                                                                                    \
  extern "C" __attribute__((global, amdgpu_flat_work_group_size(64, 64))) void name(                             \
      const Element* x, unsigned* codes, unsigned char* scales, int blocks, int blocks_per_row, long row_stride) { \
    quantize<Element>(x, codes, scales, blocks, blocks_per_row, row_stride);                                     \
  }

KERNEL(quantize_bf16, unsigned short)
KERNEL(quantize_fp16, _Float16)
KERNEL(quantize_fp32, float)
