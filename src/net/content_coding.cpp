#include <algorithm>
#include <limits>

#include <zlib.h>
#include <zstd.h>

#include "body.hpp"
#include "vedette/base/text.hpp"

namespace vedette::net {

namespace {

constexpr int kGzipWindow = MAX_WBITS + 16;
constexpr int kMaxZstdWindowLog = 23;  // RFC 9659

class ZlibDecoder final : public ContentDecoder {
 public:
  explicit ZlibDecoder(bool gzip) : gzip_(gzip) {}
  ~ZlibDecoder() override {
    if (started_) inflateEnd(&stream_);
  }
  ZlibDecoder(const ZlibDecoder&) = delete;
  ZlibDecoder& operator=(const ZlibDecoder&) = delete;

  BodyStatus feed(std::string_view bytes, BodySink& sink) override {
    if (bytes.empty()) return BodyStatus::ok;
    if (!started_ && !start(static_cast<unsigned char>(bytes.front()))) return BodyStatus::malformed;
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
    stream_.avail_in =
        static_cast<uInt>(std::min<std::size_t>(bytes.size(), std::numeric_limits<uInt>::max()));
    for (;;) {
      if (finished_ && !begin_next_member()) break;
      std::size_t size = 0;
      char* to = sink.room(size);
      if (to == nullptr) return BodyStatus::over_budget;
      const auto offered = static_cast<uInt>(std::min<std::size_t>(size, std::numeric_limits<uInt>::max()));
      stream_.next_out = reinterpret_cast<Bytef*>(to);
      stream_.avail_out = offered;
      const int result = inflate(&stream_, Z_NO_FLUSH);
      if (const auto status = sink.commit(offered - stream_.avail_out); status != BodyStatus::ok)
        return status;
      if (result == Z_STREAM_END) {
        finished_ = true;
      } else if (result == Z_BUF_ERROR) {
        break;  // all was used
      } else if (result != Z_OK) {
        return BodyStatus::malformed;
      } else if (stream_.avail_in == 0 && stream_.avail_out > 0) {
        break;
      }
    }
    return stream_.avail_in == 0 ? BodyStatus::ok : BodyStatus::malformed;
  }

  bool finished() const override { return finished_; }

 private:
  // "deflate" is zlib's format, but some send bare deflate: told by the first byte.
  bool start(unsigned char first) {
    const bool zlib_header = (first & 0x0f) == Z_DEFLATED && (first >> 4) <= 7;
    int window = gzip_ ? kGzipWindow : MAX_WBITS;
    if (!gzip_ && !zlib_header) window = -MAX_WBITS;
    started_ = inflateInit2(&stream_, window) == Z_OK;
    return started_;
  }

  // False if nothing follows. Only gzip may have several members.
  bool begin_next_member() {
    if (stream_.avail_in == 0 || !gzip_ || inflateReset(&stream_) != Z_OK) return false;
    finished_ = false;
    return true;
  }

  z_stream stream_{};
  bool gzip_;
  bool started_ = false;
  bool finished_ = false;
};

class ZstdDecoder final : public ContentDecoder {
 public:
  ZstdDecoder() : stream_(ZSTD_createDCtx()) {
    if (stream_ != nullptr) ZSTD_DCtx_setParameter(stream_, ZSTD_d_windowLogMax, kMaxZstdWindowLog);
  }
  ~ZstdDecoder() override { ZSTD_freeDCtx(stream_); }
  ZstdDecoder(const ZstdDecoder&) = delete;
  ZstdDecoder& operator=(const ZstdDecoder&) = delete;

  BodyStatus feed(std::string_view bytes, BodySink& sink) override {
    if (stream_ == nullptr) return BodyStatus::over_budget;
    ZSTD_inBuffer in{bytes.data(), bytes.size(), 0};
    for (;;) {
      if (in.pos == in.size && (finished_ || !more_output_)) return BodyStatus::ok;
      std::size_t size = 0;
      char* to = sink.room(size);
      if (to == nullptr) return BodyStatus::over_budget;
      ZSTD_outBuffer out{to, size, 0};
      const std::size_t result = ZSTD_decompressStream(stream_, &out, &in);
      if (const auto status = sink.commit(out.pos); status != BodyStatus::ok) return status;
      if (ZSTD_isError(result) != 0) return BodyStatus::malformed;
      finished_ = result == 0;
      more_output_ = out.pos == out.size;
    }
  }

  bool finished() const override { return finished_; }

 private:
  ZSTD_DCtx* stream_;
  bool finished_ = false;
  bool more_output_ = false;
};

}  // namespace

std::optional<ContentCoding> parse_content_coding(std::string_view value) {
  const auto is = [value](std::string_view name) { return base::equals_ignore_case_ascii(value, name); };
  if (value.empty() || is("identity")) return ContentCoding::identity;
  if (is("gzip") || is("x-gzip")) return ContentCoding::gzip;
  if (is("deflate")) return ContentCoding::deflate;
  if (is("zstd")) return ContentCoding::zstd;
  return std::nullopt;
}

std::unique_ptr<ContentDecoder> make_content_decoder(ContentCoding coding) {
  switch (coding) {
    case ContentCoding::gzip:
      return std::make_unique<ZlibDecoder>(true);
    case ContentCoding::deflate:
      return std::make_unique<ZlibDecoder>(false);
    case ContentCoding::zstd:
      return std::make_unique<ZstdDecoder>();
    case ContentCoding::identity:
      break;
  }
  return nullptr;
}

}  // namespace vedette::net
