// Writes small EVTX files for the tests: chunks, records, templates, binary XML.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace vedette::normalize::test {

struct TypedBytes {
  std::uint8_t type = 0;
  std::string bytes;
};

std::string utf16(std::string_view ascii);
template <typename T>
std::string raw(T value) {
  return std::string(reinterpret_cast<const char*>(&value), sizeof value);
}
TypedBytes text_value(std::string_view ascii);

// One chunk. Functions named like tokens append them at the current place.
class EvtxChunkBuilder {
 public:
  using Body = std::function<void()>;
  struct Attribute {
    std::string name;
    Body value;
  };

  EvtxChunkBuilder() : bytes_(512, '\0') {}

  void begin_record(std::uint64_t id);
  void end_record();
  // A record that holds one instance of the template `key`; `body` writes the template the first time.
  void record(std::uint64_t id, const std::string& key, const Body& body,
              const std::vector<TypedBytes>& values);

  void fragment_header();
  void template_instance(const std::string& key, const Body& body, const std::vector<TypedBytes>& values);
  void element(std::string_view name, const std::vector<Attribute>& attributes, const Body& content);
  void bare_element(std::string_view name, const Body& content);  // without a dependency identifier
  void literal(std::string_view ascii);
  void substitution(std::uint16_t index, std::uint8_t type, bool optional = true);
  void byte(std::uint8_t value) { bytes_.push_back(static_cast<char>(value)); }
  template <typename T>
  void number(T value) {
    bytes_ += raw(value);
  }
  void name(std::string_view ascii);
  void append(std::string_view bytes) { bytes_ += bytes; }

  std::string& bytes() { return bytes_; }
  std::size_t size() const { return bytes_.size(); }
  std::size_t last_record() const { return record_; }

  // Header and checksums; 64 KiB.
  std::string finish();

 private:
  void patch(std::size_t at, std::uint32_t value);

  std::string bytes_;
  std::map<std::string, std::uint32_t, std::less<>> names_, templates_;
  std::size_t record_ = 0;
  std::uint64_t first_id_ = 0, last_id_ = 0;
};

// The System element that all test events have; its values are substitutions 0 (event id) and 1 (record id).
void write_system(EvtxChunkBuilder& chunk);
// <Event> with a System and an EventData of named Data elements, substitutions 2, 3, ... of the types given.
struct NamedType {
  std::string name;
  std::uint8_t type;
};
void write_event(EvtxChunkBuilder& chunk, const std::vector<NamedType>& data);

std::string evtx_file(const std::vector<std::string>& chunks);

}  // namespace vedette::normalize::test
