#include "pins.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace vedette::store {
namespace {

constexpr std::string_view kFirstLine = "vedette-pin 1\n";

}  // namespace

std::string encode_pin(std::vector<std::uint64_t> sequences) {
  std::sort(sequences.begin(), sequences.end());
  sequences.erase(std::unique(sequences.begin(), sequences.end()), sequences.end());
  std::string text(kFirstLine);
  for (const std::uint64_t sequence : sequences) text += fmt::format("{}\n", sequence);
  return with_checksum(std::move(text));
}

base::Result<std::vector<std::uint64_t>> decode_pin(std::string_view bytes) {
  TRY_ASSIGN(std::string_view text, without_checksum(bytes));
  const auto damaged = base::make_error(base::ErrorCode::corrupt, "the pin is damaged");
  if (!text.starts_with(kFirstLine)) return damaged;
  text.remove_prefix(kFirstLine.size());
  std::vector<std::uint64_t> sequences;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    const auto number = parse_number(text.substr(0, end));
    if (!number || end == std::string_view::npos) return damaged;
    sequences.push_back(*number);
    text.remove_prefix(end + 1);
  }
  std::sort(sequences.begin(), sequences.end());
  return sequences;
}

std::vector<std::string> PinBook::load() {
  std::lock_guard lock(mutex_);
  std::vector<std::string> damaged;
  const auto names = files_.list(folder_);
  if (!names.ok()) return damaged;
  for (const std::string& name : *names) {
    if (!is_pin_name(name)) continue;
    const auto bytes = files_.read_all(folder_ + "/" + name, kMaxPinBytes);
    auto sequences = bytes.ok() ? decode_pin(*bytes) : bytes.error();
    if (sequences.ok()) {
      pins_[name] = std::move(sequences).value();
    } else {
      damaged.push_back(name);
    }
  }
  return damaged;
}

base::Status PinBook::pin(const std::string& name, const std::vector<std::uint64_t>& sequences) {
  if (!is_pin_name(name)) {
    return base::make_error(base::ErrorCode::invalid_argument,
                            fmt::format("'{}' is not a name for a pin", name));
  }
  if (sequences.size() > kMaxPinnedSequences) {
    return base::make_error(base::ErrorCode::limit,
                            fmt::format("a pin holds at most {} events", kMaxPinnedSequences));
  }
  std::lock_guard lock(mutex_);
  TRY(files_.make_folders(folder_));
  const std::string bytes = encode_pin(sequences);
  TRY(files_.replace(folder_ + "/" + name, bytes));
  TRY_ASSIGN(pins_[name], decode_pin(bytes));
  return base::ok_status();
}

base::Status PinBook::unpin(const std::string& name) {
  std::lock_guard lock(mutex_);
  if (!pins_.contains(name)) {
    return base::make_error(base::ErrorCode::not_found, fmt::format("there is no pin '{}'", name));
  }
  const base::Status removed = files_.remove(folder_ + "/" + name);
  if (!removed.ok() && removed.error().code != base::ErrorCode::not_found) return removed;
  TRY(files_.sync_folder(folder_));
  pins_.erase(name);
  return base::ok_status();
}

std::vector<std::uint64_t> PinBook::in_range(std::uint64_t low, std::uint64_t high) const {
  std::lock_guard lock(mutex_);
  std::vector<std::uint64_t> found;
  for (const auto& [name, sequences] : pins_) {
    const auto begin = std::lower_bound(sequences.begin(), sequences.end(), low);
    found.insert(found.end(), begin, std::upper_bound(begin, sequences.end(), high));
  }
  std::sort(found.begin(), found.end());
  found.erase(std::unique(found.begin(), found.end()), found.end());
  return found;
}

}  // namespace vedette::store
