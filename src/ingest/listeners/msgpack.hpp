// Reads MessagePack with bounds: no tree is built, nothing is allocated but the output.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "vedette/base/json_writer.hpp"
#include "vedette/base/result.hpp"

namespace vedette::ingest {

// The head of one value.
struct MsgpackHead {
  enum class Kind : std::uint8_t {
    nil,
    boolean,
    integer,
    unsigned_integer,
    real,
    text,
    binary,
    array,
    map,
    ext
  };
  Kind kind = Kind::nil;
  bool truth = false;
  std::int64_t integer = 0;
  std::uint64_t unsigned_integer = 0;  // beyond int64
  double real = 0;
  std::uint32_t count = 0;  // of text, binary, ext: bytes that follow; of array and map: items or pairs
  std::int8_t ext_type = 0;
  std::size_t size = 0;  // of the head itself
  bool has_bytes() const { return kind == Kind::text || kind == Kind::binary || kind == Kind::ext; }
};

enum class MsgpackState : std::uint8_t { whole, partial, broken };
// Reads the head at the start of `bytes`.
MsgpackState read_msgpack_head(std::string_view bytes, MsgpackHead& head);

// Finds the end of a value in bytes that arrive bit by bit: looks at each head once. Not thread safe.
class MsgpackMeasure {
 public:
  // `bytes` begins with the value, as in the calls before, and has grown. whole: `size` is the value's.
  // broken: no MessagePack, or a value that must be longer than `max_bytes`.
  MsgpackState look(std::string_view bytes, std::size_t max_bytes, std::size_t& size);
  void restart() { *this = {}; }

 private:
  std::uint64_t at_ = 0;
  std::uint64_t pending_ = 1;  // values that must still come
};

// Walks over whole values. Not thread safe.
class MsgpackReader {
 public:
  static constexpr int kMaxDepth = 48;
  explicit MsgpackReader(std::string_view bytes) : rest_(bytes) {}

  bool at_end() const { return rest_.empty(); }
  std::string_view rest() const { return rest_; }
  // The next head; the bytes of text, binary and ext are left to body(). nullopt: broken or at the end.
  std::optional<MsgpackHead> head();
  std::optional<MsgpackHead> peek() const;
  std::optional<std::string_view> body(const MsgpackHead& head);
  // A text or binary value.
  std::optional<std::string_view> string();
  std::optional<std::uint32_t> array();
  std::optional<std::uint32_t> map();
  // Passes over one value and returns its bytes.
  std::optional<std::string_view> skip();
  // One value as JSON: binary as text, keys of maps as texts, ext values as null. False: broken or too deep.
  bool write_json(base::JsonWriter& writer, int depth = 0);

 private:
  bool write_key(base::JsonWriter& writer);
  std::string_view rest_;
};

}  // namespace vedette::ingest
