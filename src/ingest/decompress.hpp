// A compressed stream as the stream of its plain bytes.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "budget.hpp"
#include "byte_source.hpp"
#include "codec.hpp"

namespace vedette::ingest {

// Reads all frames of `source` (which must outlive it) one after the other; zero bytes between and after them
// are padding. All that could be decompressed comes before an error.
class DecompressSource final : public ByteSource {
 public:
  DecompressSource(Container kind, ByteSource& source, ReadBudget& budget);
  base::Result<std::size_t> read(char* to, std::size_t capacity) override;

 private:
  // False at the end of the stream or on an error (error_).
  bool next_frame();
  // Reads more behind what is left of the input; false if there is none.
  bool refill();
  bool fail(base::Error error);

  Container kind_;
  ByteSource& source_;
  OutputGuard guard_;
  std::unique_ptr<Codec> codec_;
  std::string buffer_;
  std::string_view in_;  // the part of buffer_ not yet decompressed
  std::uint64_t consumed_ = 0;
  bool in_frame_ = false;
  bool pending_output_ = false;  // the codec may hold output that did not fit
  bool source_ended_ = false;
  std::optional<base::Error> source_error_;
  std::optional<base::Error> error_;
};

}  // namespace vedette::ingest
