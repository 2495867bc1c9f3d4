#include "groups.hpp"

#include <algorithm>
#include <charconv>

#include "vedette/base/hash.hpp"

namespace vedette::bus {
namespace {

constexpr std::string_view kMagic = "vedette consumer group 1\n";
constexpr std::string_view kPrevious = ".previous";
constexpr std::size_t kMaxFileBytes = 16u << 20;
constexpr std::size_t kMaxNameBytes = 64;

std::string checksum_line(std::string_view bytes) {
  constexpr char kHex[] = "0123456789abcdef";
  const std::uint64_t checksum = base::hash64(bytes);
  std::string line = "checksum ";
  for (int shift = 60; shift >= 0; shift -= 4) line += kHex[(checksum >> shift) & 15];
  return line += '\n';
}

// The number up to `stop`, which it and the stop are cut from `text`.
template <typename Number>
bool take_number(std::string_view& text, char stop, Number& number) {
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
  if (parsed.ec != std::errc() || parsed.ptr == text.data() + text.size() || *parsed.ptr != stop)
    return false;
  text.remove_prefix(static_cast<std::size_t>(parsed.ptr - text.data()) + 1);
  return true;
}

std::string encode(const std::map<ports::TopicPartition, std::uint64_t>& offsets) {
  std::string bytes(kMagic);
  for (const auto& [of, offset] : offsets) {
    bytes += of.topic + ' ' + std::to_string(of.partition) + ' ' + std::to_string(offset) + '\n';
  }
  return bytes + checksum_line(bytes);
}

bool decode(std::string_view bytes, std::map<ports::TopicPartition, std::uint64_t>& offsets) {
  const std::size_t line_bytes = checksum_line("").size();
  if (bytes.size() < kMagic.size() + line_bytes || !bytes.starts_with(kMagic)) return false;
  std::string_view lines = bytes.substr(0, bytes.size() - line_bytes);
  if (bytes.substr(lines.size()) != checksum_line(lines)) return false;
  lines.remove_prefix(kMagic.size());
  while (!lines.empty()) {
    ports::TopicPartition of;
    std::uint64_t offset = 0;
    const std::size_t blank = lines.find(' ');
    if (blank == std::string_view::npos) return false;
    of.topic = lines.substr(0, blank);
    lines.remove_prefix(blank + 1);
    if (!take_number(lines, ' ', of.partition) || !take_number(lines, '\n', offset)) return false;
    offsets[of] = offset;
  }
  return true;
}

}  // namespace

bool is_name(std::string_view text) {
  return !text.empty() && text.size() <= kMaxNameBytes && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  });
}

Groups::Offsets Groups::read(const std::string& group) const {
  const std::string paths[] = {path_of(group), path_of(group).append(kPrevious)};
  for (const std::string& path : paths) {
    const auto bytes = context_.files.read_all(path, kMaxFileBytes);
    Offsets offsets;
    if (bytes.ok() && decode(*bytes, offsets)) return offsets;
    if (bytes.ok() || bytes.error().code != base::ErrorCode::not_found) {
      context_.reporter.say(path + ": damaged, the group goes on from an earlier commit");
      // The next commit must not put it in the place of the good one.
      if (bytes.ok() && !context_.options.read_only) static_cast<void>(context_.files.remove(path));
    }
  }
  return {};
}

void Groups::load() {
  const auto names = context_.files.list(folder_);
  if (!names.ok()) return;
  for (std::string name : *names) {
    if (name.ends_with(kPrevious)) name.resize(name.size() - kPrevious.size());
    if (!is_name(name)) continue;
    std::lock_guard lock(mutex_);
    if (groups_.contains(name)) continue;
    auto group = std::make_shared<Group>();
    group->offsets = read(name);
    groups_.emplace(std::move(name), std::move(group));
  }
}

std::shared_ptr<Groups::Group> Groups::find_or_add(const std::string& group) {
  std::lock_guard lock(mutex_);
  auto& found = groups_[group];
  if (!found) found = std::make_shared<Group>();
  return found;
}

base::Status Groups::commit(const std::string& name, const ports::TopicPartition& of, std::uint64_t offset) {
  const auto group = find_or_add(name);
  std::lock_guard writing(group->writing);
  Offsets offsets;
  {
    std::lock_guard lock(mutex_);
    offsets = group->offsets;
  }
  const auto before = offsets.find(of);
  if (before != offsets.end() && before->second == offset && offset != 0) return base::ok_status();
  offsets[of] = offset;
  const std::string path = path_of(name);
  const auto kept = context_.files.rename(path, path + std::string(kPrevious));
  if (!kept.ok() && kept.error().code != base::ErrorCode::not_found) return kept.error();
  TRY(context_.files.replace(path, encode(offsets)));
  std::lock_guard lock(mutex_);
  group->offsets[of] = offset;
  return base::ok_status();
}

base::Result<std::uint64_t> Groups::committed(const std::string& name, const ports::TopicPartition& of) {
  if (context_.options.read_only) {
    const Offsets offsets = read(name);
    const auto found = offsets.find(of);
    return found == offsets.end() ? 0 : found->second;
  }
  const auto group = find_or_add(name);
  std::lock_guard lock(mutex_);
  return group->offsets[of];
}

base::Status Groups::forget(const std::string& name) {
  std::shared_ptr<Group> group;
  {
    std::lock_guard lock(mutex_);
    const auto found = groups_.find(name);
    if (found == groups_.end()) {
      return base::make_error(base::ErrorCode::not_found, "there is no consumer group " + name);
    }
    group = found->second;
    groups_.erase(found);
  }
  std::lock_guard writing(group->writing);
  for (const std::string& path : {path_of(name), path_of(name).append(kPrevious)}) {
    const auto removed = context_.files.remove(path);
    if (!removed.ok() && removed.error().code != base::ErrorCode::not_found) return removed.error();
  }
  return context_.files.sync_folder(folder_);
}

std::optional<std::uint64_t> Groups::hold(const ports::TopicPartition& of) const {
  std::lock_guard lock(mutex_);
  std::optional<std::uint64_t> lowest;
  for (const auto& [name, group] : groups_) {
    const auto found = group->offsets.find(of);
    if (found != group->offsets.end()) lowest = std::min(lowest.value_or(found->second), found->second);
  }
  return lowest;
}

std::vector<std::string> Groups::verify() const {
  std::vector<std::string> found;
  const auto names = context_.files.list(folder_);
  if (!names.ok()) return {names.error().message};
  for (const std::string& name : *names) {
    if (!is_name(name)) continue;
    const std::string path = path_of(name);
    const auto bytes = context_.files.read_all(path, kMaxFileBytes);
    Offsets offsets;
    if (!bytes.ok() || !decode(*bytes, offsets)) found.push_back(path + ": damaged");
  }
  return found;
}

}  // namespace vedette::bus
