// Writes MaxMind DB files (format 2.0) for tests: https://maxmind.github.io/MaxMind-DB/.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

namespace vedette::normalize::test {

// A value of the data section.
struct MmdbValue {
  enum class Kind : std::uint8_t { text, real, uint16, uint32, uint64, map, list };
  Kind kind = Kind::text;
  std::string text;
  double real = 0;
  std::uint64_t number = 0;
  std::vector<std::string> names;  // map: of the items
  std::vector<MmdbValue> items;    // map, list

  static MmdbValue of(std::string value) {
    MmdbValue out;
    out.text = std::move(value);
    return out;
  }
  static MmdbValue of(double value) {
    MmdbValue out;
    out.kind = Kind::real;
    out.real = value;
    return out;
  }
  static MmdbValue u16(std::uint64_t value) { return of_number(Kind::uint16, value); }
  static MmdbValue u32(std::uint64_t value) { return of_number(Kind::uint32, value); }
  static MmdbValue u64(std::uint64_t value) { return of_number(Kind::uint64, value); }
  static MmdbValue map(std::initializer_list<std::pair<std::string, MmdbValue>> members);
  static MmdbValue list(std::vector<MmdbValue> value) {
    MmdbValue out;
    out.kind = Kind::list;
    out.items = std::move(value);
    return out;
  }

 private:
  static MmdbValue of_number(Kind kind, std::uint64_t value) {
    MmdbValue out;
    out.kind = kind;
    out.number = value;
    return out;
  }
};

inline MmdbValue MmdbValue::map(std::initializer_list<std::pair<std::string, MmdbValue>> members) {
  MmdbValue out;
  out.kind = Kind::map;
  for (const auto& [name, value] : members) {
    out.names.push_back(name);
    out.items.push_back(value);
  }
  return out;
}

class MmdbWriter {
 public:
  // record_bits: 24, 28 or 32. ip_version 6: networks of version 4 stand below ::/96.
  MmdbWriter(std::string type, int ip_version, int record_bits);
  // "81.2.69.0/24". Networks must not lie in one another.
  void add(const std::string& network, const MmdbValue& value);
  std::string bytes() const;

 private:
  static constexpr std::uint32_t kEmpty = 0xFFFF'FFFFu;
  static constexpr std::uint32_t kData = 0x8000'0000u;  // | offset into data_
  struct Node {
    std::uint32_t child[2] = {kEmpty, kEmpty};
  };
  std::uint32_t pointer_of(std::uint32_t child) const;

  std::string type_;
  int ip_version_, record_bits_;
  std::vector<Node> nodes_{1};
  std::string data_;
};

}  // namespace vedette::normalize::test
