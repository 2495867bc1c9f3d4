// Binary writing and reading of plain data with one description for both, so that they cannot differ.
#pragma once

#include <bit>
#include <concepts>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace vedette::correlate {

template <typename T>
concept ArchiveScalar = std::is_arithmetic_v<T> || std::is_enum_v<T>;

// Numbers as eight bytes, lowest first; texts and lists after their size.
class ArchiveWriter {
 public:
  static constexpr bool kReads = false;
  explicit ArchiveWriter(std::string& out) : out_(out) {}
  bool ok() const { return true; }
  std::size_t size(std::size_t size) {
    word(size);
    return size;
  }
  template <ArchiveScalar T>
  void value(T& value) {
    if constexpr (std::is_floating_point_v<T>) {
      word(std::bit_cast<std::uint64_t>(double{value}));
    } else {
      word(static_cast<std::uint64_t>(value));
    }
  }
  void value(std::string& text) {
    word(text.size());
    out_ += text;
  }

 private:
  void word(std::uint64_t value) {
    for (int i = 0; i < 8; ++i) out_ += static_cast<char>(value >> (8 * i));
  }
  std::string& out_;
};

// Once something is wrong, all that follows reads as nothing and ok() is false.
class ArchiveReader {
 public:
  static constexpr bool kReads = true;
  explicit ArchiveReader(std::string_view in) : in_(in) {}
  bool ok() const { return ok_; }
  bool at_end() const { return in_.empty(); }
  void fail() { ok_ = false; }
  // Of what takes a byte each at least.
  std::size_t size(std::size_t) {
    const std::uint64_t size = word();
    if (size > in_.size()) ok_ = false;
    return ok_ ? static_cast<std::size_t>(size) : 0;
  }
  template <ArchiveScalar T>
  void value(T& value) {
    const std::uint64_t read = word();
    if constexpr (std::is_floating_point_v<T>) {
      value = std::bit_cast<double>(read);
    } else {
      value = static_cast<T>(read);
    }
  }
  void value(std::string& text) {
    const std::size_t size = this->size(0);
    text = in_.substr(0, size);
    in_.remove_prefix(size);
  }

 private:
  std::uint64_t word() {
    if (!ok_ || in_.size() < 8) {
      ok_ = false;
      in_ = {};
      return 0;
    }
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < 8; ++i) value |= std::uint64_t{static_cast<unsigned char>(in_[i])} << (8 * i);
    in_.remove_prefix(8);
    return value;
  }
  std::string_view in_;
  bool ok_ = true;
};

template <typename Archive, ArchiveScalar T>
void archive(Archive& io, T& value) {
  io.value(value);
}
template <typename Archive>
void archive(Archive& io, std::string& text) {
  io.value(text);
}
template <typename Archive, typename A, typename B>
void archive(Archive& io, std::pair<A, B>& pair) {
  archive(io, pair.first);
  archive(io, pair.second);
}

// Lists.
template <typename Archive, typename List>
void archive_list(Archive& io, List& list) {
  const std::size_t size = io.size(list.size());
  if constexpr (Archive::kReads) list.clear();
  if constexpr (Archive::kReads) {
    for (std::size_t i = 0; i < size && io.ok(); ++i) archive(io, list.emplace_back());
  } else {
    for (auto& item : list) archive(io, item);
  }
}
template <typename Archive, typename T>
void archive(Archive& io, std::vector<T>& list) {
  archive_list(io, list);
}
template <typename Archive, typename T>
void archive(Archive& io, std::deque<T>& list) {
  archive_list(io, list);
}
template <typename Archive, typename T>
void archive(Archive& io, std::set<T>& set) {
  const std::size_t size = io.size(set.size());
  if constexpr (Archive::kReads) {
    set.clear();
    for (std::size_t i = 0; i < size && io.ok(); ++i) {
      T item{};
      archive(io, item);
      set.insert(set.end(), std::move(item));
    }
  } else {
    for (T item : set) archive(io, item);
  }
}
template <typename Archive, typename K, typename V, typename C>
void archive(Archive& io, std::map<K, V, C>& map) {
  const std::size_t size = io.size(map.size());
  if constexpr (Archive::kReads) {
    map.clear();
    for (std::size_t i = 0; i < size && io.ok(); ++i) {
      K key{};
      archive(io, key);
      archive(io, map.emplace_hint(map.end(), std::move(key), V{})->second);
    }
  } else {
    for (auto& [key, value] : map) {
      K copy = key;
      archive(io, copy);
      archive(io, value);
    }
  }
}
template <typename Archive, typename T>
void archive(Archive& io, std::optional<T>& value) {
  bool there = value.has_value();
  archive(io, there);
  if constexpr (Archive::kReads) value = there ? std::optional<T>(T{}) : std::nullopt;
  if (value) archive(io, *value);
}

}  // namespace vedette::correlate
