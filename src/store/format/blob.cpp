#include "format/blob.hpp"

#include <algorithm>
#include <limits>
#include <memory>
#include <vector>

#include <zstd.h>

namespace vedette::store::format {
namespace {

__extension__ using Uint128 = unsigned __int128;

enum BlobMethod : std::uint8_t { kRaw, kZstd };
enum IntegerMode : std::uint8_t { kFrame, kDelta };
constexpr std::size_t kMinToCompress = 48;
// A zstd block of 4 bytes gives at most 128 KiB.
constexpr std::uint64_t kMaxRatio = 32768;

struct FreeContexts {
  void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
  void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
};

ZSTD_CCtx* compressor() {
  thread_local const std::unique_ptr<ZSTD_CCtx, FreeContexts> context(ZSTD_createCCtx());
  return context.get();
}
ZSTD_DCtx* decompressor() {
  thread_local const std::unique_ptr<ZSTD_DCtx, FreeContexts> context(ZSTD_createDCtx());
  return context.get();
}

struct IntegerPlan {
  IntegerMode mode = kFrame;
  unsigned width = 0;
  std::uint64_t base = 0;
};

constexpr std::uint64_t difference(std::int64_t a, std::int64_t b) {
  return static_cast<std::uint64_t>(a) - static_cast<std::uint64_t>(b);
}

IntegerPlan plan_integers(std::span<const std::int64_t> numbers) {
  std::int64_t low = numbers[0], high = numbers[0];
  std::int64_t low_step = std::numeric_limits<std::int64_t>::max();
  std::int64_t high_step = std::numeric_limits<std::int64_t>::min();
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    low = std::min(low, numbers[i]);
    high = std::max(high, numbers[i]);
    if (i == 0) continue;
    const auto step = static_cast<std::int64_t>(difference(numbers[i], numbers[i - 1]));
    low_step = std::min(low_step, step);
    high_step = std::max(high_step, step);
  }
  const auto frame_width = static_cast<unsigned>(std::bit_width(difference(high, low)));
  if (numbers.size() > 2) {
    const auto step_width = static_cast<unsigned>(std::bit_width(difference(high_step, low_step)));
    if (step_width < frame_width) return {kDelta, step_width, static_cast<std::uint64_t>(low_step)};
  }
  return {kFrame, frame_width, static_cast<std::uint64_t>(low)};
}

}  // namespace

void put_blob(std::string& out, std::string_view bytes) {
  if (bytes.size() >= kMinToCompress) {
    thread_local std::vector<char> room;
    room.resize(ZSTD_compressBound(bytes.size()));
    const std::size_t size =
        ZSTD_compressCCtx(compressor(), room.data(), room.size(), bytes.data(), bytes.size(), 1);
    if (!ZSTD_isError(size) && size + 8 + bytes.size() / 64 < bytes.size()) {
      put_u8(out, kZstd);
      put_varint(out, bytes.size());
      put_varint(out, size);
      out.append(room.data(), size);
      return;
    }
  }
  put_u8(out, kRaw);
  put_varint(out, bytes.size());
  out += bytes;
}

bool read_blob(ByteReader& in, std::string& to) {
  const std::uint8_t method = in.u8();
  const std::uint64_t size = in.varint();
  if (method == kRaw) {
    to += in.bytes(size);
    return in.ok();
  }
  const std::string_view compressed = in.bytes(in.varint());
  if (!in.ok() || method != kZstd || size > kMaxBlobBytes || size / kMaxRatio > compressed.size()) {
    return false;
  }
  const std::size_t before = to.size();
  to.resize(before + size);
  const std::size_t got =
      ZSTD_decompressDCtx(decompressor(), to.data() + before, size, compressed.data(), compressed.size());
  return !ZSTD_isError(got) && got == size;
}

void pack_bits(std::string& out, std::span<const std::uint64_t> numbers, unsigned width) {
  if (width == 0) return;
  const std::size_t before = out.size();
  out.resize(before + packed_bytes(numbers.size(), width) + 16);
  char* to = out.data() + before;
  Uint128 held = 0;
  unsigned bits = 0;
  for (const std::uint64_t number : numbers) {
    held |= static_cast<Uint128>(number) << bits;
    bits += width;
    if (bits >= 64) {
      const auto word = static_cast<std::uint64_t>(held);
      std::memcpy(to, &word, sizeof word);
      to += sizeof word;
      held >>= 64;
      bits -= 64;
    }
  }
  const auto word = static_cast<std::uint64_t>(held);
  std::memcpy(to, &word, sizeof word);
  out.resize(before + packed_bytes(numbers.size(), width));
}

void unpack_bits(std::string_view packed, unsigned width, std::span<std::uint64_t> to) {
  if (width == 0) {
    std::fill(to.begin(), to.end(), 0);
    return;
  }
  const std::uint64_t mask = width == 64 ? ~0ULL : (1ULL << width) - 1;
  Uint128 held = 0;
  unsigned bits = 0;
  std::size_t at = 0;
  for (std::uint64_t& number : to) {
    if (bits < width) {
      std::uint64_t word = 0;
      const std::size_t take = std::min<std::size_t>(8, packed.size() - at);
      std::memcpy(&word, packed.data() + at, take);
      at += take;
      held |= static_cast<Uint128>(word) << bits;
      bits += 64;
    }
    number = static_cast<std::uint64_t>(held) & mask;
    held >>= width;
    bits -= width;
  }
}

void put_integers(std::string& out, std::span<const std::int64_t> numbers) {
  const IntegerPlan plan = plan_integers(numbers);
  put_u8(out, plan.mode);
  put_u8(out, static_cast<std::uint8_t>(plan.width));
  put_varint(out, zigzag(static_cast<std::int64_t>(plan.base)));
  if (plan.mode == kDelta) put_varint(out, zigzag(numbers[0]));
  if (plan.width == 0) return;
  thread_local std::vector<std::uint64_t> offsets;
  offsets.clear();
  if (plan.mode == kDelta) {
    for (std::size_t i = 1; i < numbers.size(); ++i) {
      offsets.push_back(difference(numbers[i], numbers[i - 1]) - plan.base);
    }
  } else {
    for (const std::int64_t number : numbers) {
      offsets.push_back(static_cast<std::uint64_t>(number) - plan.base);
    }
  }
  pack_bits(out, offsets, plan.width);
}

bool read_integers(ByteReader& in, std::span<std::int64_t> to) {
  const std::uint8_t mode = in.u8();
  const unsigned width = in.u8();
  const auto base = static_cast<std::uint64_t>(unzigzag(in.varint()));
  if (mode > kDelta || width > 64 || to.empty()) return false;
  std::span<std::uint64_t> raw(reinterpret_cast<std::uint64_t*>(to.data()), to.size());
  if (mode == kFrame) {
    const std::string_view packed = in.bytes(packed_bytes(raw.size(), width));
    if (!in.ok()) return false;
    unpack_bits(packed, width, raw);
    for (std::uint64_t& number : raw) number += base;
    return true;
  }
  raw[0] = static_cast<std::uint64_t>(unzigzag(in.varint()));
  const std::string_view packed = in.bytes(packed_bytes(raw.size() - 1, width));
  if (!in.ok()) return false;
  unpack_bits(packed, width, raw.subspan(1));
  for (std::size_t i = 1; i < raw.size(); ++i) raw[i] += raw[i - 1] + base;
  return true;
}

std::uint64_t integers_size(std::span<const std::int64_t> numbers) {
  return numbers.empty() ? 0 : packed_bytes(numbers.size(), plan_integers(numbers).width) + 8;
}

}  // namespace vedette::store::format
