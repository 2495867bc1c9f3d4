#include "codec.hpp"

#include <algorithm>
#include <climits>
#include <string>

#include <bzlib.h>
#include <lz4frame.h>
#include <lzma.h>
#include <zlib.h>
#include <zstd.h>

namespace vedette::ingest {
namespace {

constexpr int kWindowLog = 27;
constexpr std::uint64_t kXzMemory = (std::uint64_t{1} << kWindowLog) + (std::uint64_t{16} << 20);

base::Error corrupt(std::string message) {
  return base::make_error(base::ErrorCode::corrupt, std::move(message));
}
base::Error no_memory() {
  return base::make_error(base::ErrorCode::limit, "not enough memory to decompress it");
}

unsigned bounded(std::size_t size) {
  return static_cast<unsigned>(std::min<std::size_t>(size, INT_MAX));
}

class GzipCodec final : public Codec {
 public:
  ~GzipCodec() override {
    if (ready_) inflateEnd(&stream_);
  }

  base::Status restart() override {
    constexpr int kGzipOnly = 16;
    const int code = ready_ ? inflateReset(&stream_) : inflateInit2(&stream_, MAX_WBITS + kGzipOnly);
    if (code != Z_OK) return no_memory();
    ready_ = true;
    return base::ok_status();
  }

  CodecStep step(std::string_view in, char* out, std::size_t capacity) override {
    const unsigned in_size = bounded(in.size());
    const unsigned out_size = bounded(capacity);
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(in.data()));
    stream_.avail_in = in_size;
    stream_.next_out = reinterpret_cast<Bytef*>(out);
    stream_.avail_out = out_size;
    const int code = inflate(&stream_, Z_NO_FLUSH);
    CodecStep result{in_size - stream_.avail_in, out_size - stream_.avail_out, code == Z_STREAM_END, {}};
    if (code != Z_OK && code != Z_STREAM_END && code != Z_BUF_ERROR) {
      result.error = code == Z_MEM_ERROR ? no_memory()
                                         : corrupt(std::string("corrupt gzip data: ") +
                                                   (stream_.msg != nullptr ? stream_.msg : "bad stream"));
    }
    return result;
  }

 private:
  z_stream stream_{};
  bool ready_ = false;
};

class ZstdCodec final : public Codec {
 public:
  ZstdCodec() : stream_(ZSTD_createDStream()) {}
  ZstdCodec(const ZstdCodec&) = delete;
  ZstdCodec& operator=(const ZstdCodec&) = delete;
  ~ZstdCodec() override { ZSTD_freeDStream(stream_); }

  base::Status restart() override {
    if (stream_ == nullptr) return no_memory();
    ZSTD_DCtx_reset(stream_, ZSTD_reset_session_only);
    ZSTD_DCtx_setParameter(stream_, ZSTD_d_windowLogMax, kWindowLog);
    return base::ok_status();
  }

  CodecStep step(std::string_view in, char* out, std::size_t capacity) override {
    ZSTD_inBuffer input{in.data(), in.size(), 0};
    ZSTD_outBuffer output{out, capacity, 0};
    const std::size_t code = ZSTD_decompressStream(stream_, &output, &input);
    CodecStep result{input.pos, output.pos, code == 0, {}};
    if (ZSTD_isError(code) != 0) {
      const std::string why = ZSTD_getErrorName(code);
      const bool window = why.find("memory") != std::string::npos;
      result.error = window ? base::make_error(base::ErrorCode::limit, "zstd window larger than 128 MiB")
                            : corrupt("corrupt zstd data: " + why);
    }
    return result;
  }

 private:
  ZSTD_DStream* stream_;
};

class XzCodec final : public Codec {
 public:
  ~XzCodec() override { lzma_end(&stream_); }

  base::Status restart() override {
    return lzma_stream_decoder(&stream_, kXzMemory, 0) == LZMA_OK ? base::ok_status() : no_memory();
  }

  CodecStep step(std::string_view in, char* out, std::size_t capacity) override {
    stream_.next_in = reinterpret_cast<const std::uint8_t*>(in.data());
    stream_.avail_in = in.size();
    stream_.next_out = reinterpret_cast<std::uint8_t*>(out);
    stream_.avail_out = capacity;
    const lzma_ret code = lzma_code(&stream_, LZMA_RUN);
    CodecStep result{in.size() - stream_.avail_in, capacity - stream_.avail_out, code == LZMA_STREAM_END, {}};
    if (code == LZMA_MEMLIMIT_ERROR) {
      result.error = base::make_error(base::ErrorCode::limit, "xz dictionary larger than 128 MiB");
    } else if (code == LZMA_MEM_ERROR) {
      result.error = no_memory();
    } else if (code == LZMA_OPTIONS_ERROR) {
      result.error = base::make_error(base::ErrorCode::unsupported, "unsupported xz options");
    } else if (code != LZMA_OK && code != LZMA_STREAM_END && code != LZMA_BUF_ERROR) {
      result.error = corrupt("corrupt xz data");
    }
    return result;
  }

 private:
  lzma_stream stream_ = LZMA_STREAM_INIT;
};

class Bzip2Codec final : public Codec {
 public:
  ~Bzip2Codec() override { end(); }

  base::Status restart() override {
    end();
    stream_ = bz_stream{};
    if (BZ2_bzDecompressInit(&stream_, 0, 0) != BZ_OK) return no_memory();
    ready_ = true;
    return base::ok_status();
  }

  CodecStep step(std::string_view in, char* out, std::size_t capacity) override {
    const unsigned in_size = bounded(in.size());
    const unsigned out_size = bounded(capacity);
    stream_.next_in = const_cast<char*>(in.data());
    stream_.avail_in = in_size;
    stream_.next_out = out;
    stream_.avail_out = out_size;
    const int code = BZ2_bzDecompress(&stream_);
    CodecStep result{in_size - stream_.avail_in, out_size - stream_.avail_out, code == BZ_STREAM_END, {}};
    if (code == BZ_MEM_ERROR) {
      result.error = no_memory();
    } else if (code != BZ_OK && code != BZ_STREAM_END) {
      result.error = corrupt("corrupt bzip2 data");
    }
    return result;
  }

 private:
  void end() {
    if (ready_) BZ2_bzDecompressEnd(&stream_);
    ready_ = false;
  }

  bz_stream stream_{};
  bool ready_ = false;
};

class Lz4Codec final : public Codec {
 public:
  Lz4Codec() {
    if (LZ4F_isError(LZ4F_createDecompressionContext(&context_, LZ4F_VERSION)) != 0) context_ = nullptr;
  }
  Lz4Codec(const Lz4Codec&) = delete;
  Lz4Codec& operator=(const Lz4Codec&) = delete;
  ~Lz4Codec() override { LZ4F_freeDecompressionContext(context_); }

  base::Status restart() override {
    if (context_ == nullptr) return no_memory();
    LZ4F_resetDecompressionContext(context_);
    return base::ok_status();
  }

  CodecStep step(std::string_view in, char* out, std::size_t capacity) override {
    std::size_t in_size = in.size();
    std::size_t out_size = capacity;
    const std::size_t code = LZ4F_decompress(context_, out, &out_size, in.data(), &in_size, nullptr);
    if (LZ4F_isError(code) != 0) {
      return CodecStep{0, 0, false, corrupt(std::string("corrupt lz4 data: ") + LZ4F_getErrorName(code))};
    }
    return CodecStep{in_size, out_size, code == 0, {}};
  }

 private:
  LZ4F_dctx* context_ = nullptr;
};

}  // namespace

std::unique_ptr<Codec> make_codec(Container kind) {
  switch (kind) {
    case Container::gzip:
      return std::make_unique<GzipCodec>();
    case Container::zstd:
      return std::make_unique<ZstdCodec>();
    case Container::xz:
      return std::make_unique<XzCodec>();
    case Container::bzip2:
      return std::make_unique<Bzip2Codec>();
    case Container::lz4:
      return std::make_unique<Lz4Codec>();
    default:
      break;
  }
  CHECK(false);
  return nullptr;
}

}  // namespace vedette::ingest
