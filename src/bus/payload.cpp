#include "payload.hpp"

#include <zstd.h>

#include "vedette/base/hash.hpp"
#include "vedette/model/event_codec.hpp"

namespace vedette::bus {
namespace {

constexpr int kLevel = 1;
constexpr std::size_t kKeptScratchBytes = 8u << 20;

template <typename Context, std::size_t (*Free)(Context*)>
struct FreeContext {
  void operator()(Context* context) const { Free(context); }
};

ZSTD_CCtx* compressor() {
  thread_local const std::unique_ptr<ZSTD_CCtx, FreeContext<ZSTD_CCtx, ZSTD_freeCCtx>> context(
      ZSTD_createCCtx());
  return context.get();
}

ZSTD_DCtx* decompressor() {
  thread_local const std::unique_ptr<ZSTD_DCtx, FreeContext<ZSTD_DCtx, ZSTD_freeDCtx>> context(
      ZSTD_createDCtx());
  return context.get();
}

base::Error corrupt(const char* what) {
  return base::make_error(base::ErrorCode::corrupt, what);
}

}  // namespace

base::Result<PackedRecord> pack(const model::EventBatch& batch, Salt salt) {
  thread_local std::string raw;
  raw.clear();
  model::encode_batch(raw, batch);
  if (raw.size() > kMaxPayloadBytes) {
    return base::make_error(base::ErrorCode::limit, "a batch of " + std::to_string(raw.size()) +
                                                        " bytes is too large for a record of the log");
  }
  PackedRecord packed;
  packed.bytes.resize(RecordHeader::kBytes + ZSTD_compressBound(raw.size()));
  char* const to = packed.bytes.data() + RecordHeader::kBytes;
  std::size_t size = ZSTD_compressCCtx(compressor(), to, packed.bytes.size() - RecordHeader::kBytes,
                                       raw.data(), raw.size(), kLevel);
  packed.header.compressed = !ZSTD_isError(size) && size < raw.size() ? 1 : 0;
  if (packed.header.compressed == 0) size = raw.copy(to, raw.size());
  packed.bytes.resize(RecordHeader::kBytes + size);
  packed.bytes.shrink_to_fit();
  packed.header.bytes = static_cast<std::uint32_t>(size);
  packed.header.raw_bytes = static_cast<std::uint32_t>(raw.size());
  packed.header.count = static_cast<std::uint32_t>(batch.size());
  packed.header.payload_checksum =
      base::hash64(std::string_view(packed.bytes).substr(RecordHeader::kBytes), salt);
  if (raw.capacity() > kKeptScratchBytes) raw = std::string();
  return packed;
}

bool payload_is_whole(const RecordHeader& header, std::string_view payload, Salt salt) {
  return payload.size() == header.bytes && base::hash64(payload, salt) == header.payload_checksum;
}

base::Result<std::shared_ptr<const model::EventBatch>> unpack(const RecordHeader& header,
                                                              std::string_view payload) {
  std::shared_ptr<std::string> raw;
  if (header.compressed == 1) {
    raw = std::make_shared<std::string>(header.raw_bytes, '\0');
    const std::size_t size =
        ZSTD_decompressDCtx(decompressor(), raw->data(), raw->size(), payload.data(), payload.size());
    if (ZSTD_isError(size) || size != raw->size()) return corrupt("its payload does not decompress");
  } else {
    raw = std::make_shared<std::string>(payload);
  }
  TRY_ASSIGN(auto batch, model::decode_batch(std::move(raw), header.offset));
  if (batch->size() != header.count) return corrupt("its payload has another number of events");
  return batch;
}

}  // namespace vedette::bus
