// One interface over the decompression libraries.
#pragma once

#include <memory>
#include <optional>
#include <string_view>

#include "container.hpp"
#include "vedette/base/result.hpp"

namespace vedette::ingest {

struct CodecStep {
  std::size_t consumed = 0;
  std::size_t produced = 0;  // valid even beside an error
  bool frame_end = false;    // this frame (gzip member, xz stream) is done
  std::optional<base::Error> error;
};

class Codec {
 public:
  virtual ~Codec() = default;
  // Makes ready for another frame; to be called before the first one, too.
  virtual base::Status restart() = 0;
  // Decompresses from `in`, which may be empty to fetch what is still inside. Consumes nothing of what
  // follows the frame.
  virtual CodecStep step(std::string_view in, char* out, std::size_t capacity) = 0;
};

// Windows and dictionaries are bounded to 128 MiB; a frame that wants more fails with ErrorCode::limit.
std::unique_ptr<Codec> make_codec(Container kind);

}  // namespace vedette::ingest
