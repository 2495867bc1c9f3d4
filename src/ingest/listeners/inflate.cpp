#include "listeners/inflate.hpp"

#include <algorithm>

#include <zlib.h>

namespace vedette::ingest {

bool looks_compressed(std::string_view bytes) {
  if (bytes.size() < 2) return false;
  const unsigned first = static_cast<unsigned char>(bytes[0]);
  const unsigned second = static_cast<unsigned char>(bytes[1]);
  if (first == 0x1f && second == 0x8b) return true;
  return (first & 0x0f) == 8 && (first >> 4) <= 7 && ((first << 8) + second) % 31 == 0;
}

base::Result<std::string> inflate_bounded(std::string_view bytes, std::size_t max_bytes) {
  constexpr int kAnyHeader = 15 + 32;
  z_stream stream{};
  if (inflateInit2(&stream, kAnyHeader) != Z_OK) {
    return base::make_error(base::ErrorCode::limit, "no memory to decompress");
  }
  struct End {
    z_stream& stream;
    ~End() { inflateEnd(&stream); }
  } end{stream};
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  std::string out;
  for (;;) {
    const std::size_t before = out.size();
    const std::size_t room = std::min(std::max<std::size_t>(4096, before), max_bytes + 1 - before);
    if (room == 0)
      return base::make_error(base::ErrorCode::limit,
                              "more than the bound comes out of the compressed bytes");
    out.resize(before + room);
    stream.next_out = reinterpret_cast<Bytef*>(out.data() + before);
    stream.avail_out = static_cast<uInt>(room);
    const int code = inflate(&stream, Z_NO_FLUSH);
    out.resize(before + room - stream.avail_out);
    if (out.size() > max_bytes) {
      return base::make_error(base::ErrorCode::limit,
                              "more than the bound comes out of the compressed bytes");
    }
    if (code == Z_STREAM_END) {
      if (stream.avail_in == 0) return out;
      if (inflateReset(&stream) != Z_OK)
        return base::make_error(base::ErrorCode::corrupt, "broken compressed bytes");
    } else if (code != Z_OK) {
      return base::make_error(base::ErrorCode::corrupt, "broken or incomplete compressed bytes");
    } else if (stream.avail_in == 0 && stream.avail_out != 0) {
      return base::make_error(base::ErrorCode::corrupt, "incomplete compressed bytes");
    }
  }
}

}  // namespace vedette::ingest
