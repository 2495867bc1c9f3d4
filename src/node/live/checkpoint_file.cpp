#include "live/checkpoint_file.hpp"

#include <vector>

#include "vedette/base/file_system.hpp"
#include "vedette/base/files.hpp"
#include "vedette/base/hash.hpp"
#include "vedette/base/text.hpp"

namespace vedette::node {
namespace {

constexpr std::size_t kMaxCheckpointBytes = 4ULL << 30;

}  // namespace

// The name as a line, then offset, length and hash of the snapshot as a line of text, then its bytes.
base::Status write_checkpoint(const std::string& file, std::string_view name, const Checkpoint& checkpoint) {
  std::string bytes(name);
  bytes += "\n" + std::to_string(checkpoint.offset) + " " + std::to_string(checkpoint.snapshot.size()) + " " +
           std::to_string(base::hash64(checkpoint.snapshot)) + "\n" + checkpoint.snapshot;
  return base::posix_file_system().replace(file, bytes);
}

base::Result<std::optional<Checkpoint>> read_checkpoint(const std::string& file, std::string_view name) {
  const auto bytes = base::read_file(file, kMaxCheckpointBytes);
  if (!bytes) {
    if (bytes.error().code == base::ErrorCode::not_found) return std::optional<Checkpoint>();
    return bytes.error();
  }
  std::string_view rest = *bytes;
  const auto damaged = [](std::string why) {
    return base::make_error(base::ErrorCode::corrupt, std::move(why));
  };
  if (!rest.starts_with(name) || rest.size() == name.size() || rest[name.size()] != '\n') {
    return damaged("it does not begin as one");
  }
  rest.remove_prefix(name.size() + 1);
  const std::size_t line_end = rest.find('\n');
  if (line_end == rest.npos) return damaged("it is cut");
  const std::vector<std::string_view> numbers = base::split(rest.substr(0, line_end), ' ');
  rest.remove_prefix(line_end + 1);
  if (numbers.size() != 3) return damaged("it has no numbers");
  const auto offset = base::parse_uint(numbers[0]), length = base::parse_uint(numbers[1]),
             hash = base::parse_uint(numbers[2]);
  if (!offset || !length || !hash || *length != rest.size() || *hash != base::hash64(rest)) {
    return damaged("its checksum is wrong");
  }
  return std::optional<Checkpoint>({*offset, std::string(rest)});
}

}  // namespace vedette::node
