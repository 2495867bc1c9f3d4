#include "evtx_builder.hpp"

#include <cstring>

#include "evtx/crc32.hpp"

namespace vedette::normalize::test {
namespace {

constexpr std::uint64_t kWritten = 134'087'172'101'653'240;  // 2025-11-27T11:40:10.1653240Z

void put(std::string& bytes, std::size_t at, const std::string& value) {
  bytes.replace(at, value.size(), value);
}

}  // namespace

std::string utf16(std::string_view ascii) {
  std::string wide;
  for (char c : ascii) {
    wide += c;
    wide += '\0';
  }
  return wide;
}

TypedBytes text_value(std::string_view ascii) {
  return {0x01, utf16(ascii)};
}

void EvtxChunkBuilder::patch(std::size_t at, std::uint32_t value) {
  put(bytes_, at, raw(value));
}

void EvtxChunkBuilder::begin_record(std::uint64_t id) {
  record_ = bytes_.size();
  if (first_id_ == 0) first_id_ = id;
  last_id_ = id;
  number(std::uint32_t{0x00002a2a});
  number(std::uint32_t{0});
  number(id);
  number(kWritten + id * 10'000'000);
}

void EvtxChunkBuilder::end_record() {
  byte(0x00);
  while ((bytes_.size() + 4 - record_) % 8 != 0) byte(0);
  const auto size = static_cast<std::uint32_t>(bytes_.size() + 4 - record_);
  number(size);
  patch(record_ + 4, size);
}

void EvtxChunkBuilder::record(std::uint64_t id, const std::string& key, const Body& body,
                              const std::vector<TypedBytes>& values) {
  begin_record(id);
  fragment_header();
  template_instance(key, body, values);
  end_record();
}

void EvtxChunkBuilder::fragment_header() {
  append(std::string_view("\x0f\x01\x01\x00", 4));
}

void EvtxChunkBuilder::template_instance(const std::string& key, const Body& body,
                                         const std::vector<TypedBytes>& values) {
  byte(0x0c);
  byte(0x01);
  const auto id = static_cast<std::uint32_t>(1000 + templates_.size());
  const auto known = templates_.find(key);
  const auto offset = known != templates_.end() ? known->second : static_cast<std::uint32_t>(size() + 8);
  number(id);
  number(offset);
  if (known == templates_.end()) {
    templates_[key] = offset;
    number(std::uint32_t{0});
    number(id);
    append("template-guid");
    while (bytes_.size() < offset + 20) byte(0);
    bytes_.resize(offset + 20);
    number(std::uint32_t{0});
    fragment_header();
    body();
    byte(0x00);
    patch(offset + 20, static_cast<std::uint32_t>(bytes_.size() - offset - 24));
  }
  number(static_cast<std::uint32_t>(values.size()));
  for (const auto& value : values) {
    number(static_cast<std::uint16_t>(value.bytes.size()));
    byte(value.type);
    byte(0);
  }
  for (const auto& value : values) append(value.bytes);
}

void EvtxChunkBuilder::name(std::string_view ascii) {
  const auto known = names_.find(ascii);
  if (known != names_.end()) return number(known->second);
  const auto offset = static_cast<std::uint32_t>(size() + 4);
  names_.emplace(ascii, offset);
  number(offset);
  number(std::uint32_t{0});
  std::uint32_t hash = 0;
  for (char c : ascii) hash = hash * 65599 + static_cast<unsigned char>(c);
  number(static_cast<std::uint16_t>(hash));
  number(static_cast<std::uint16_t>(ascii.size()));
  append(utf16(ascii));
  number(std::uint16_t{0});
}

void EvtxChunkBuilder::element(std::string_view element_name, const std::vector<Attribute>& attributes,
                               const Body& content) {
  byte(attributes.empty() ? 0x01 : 0x41);
  number(std::uint16_t{0xffff});
  const std::size_t size_at = size();
  number(std::uint32_t{0});
  name(element_name);
  if (!attributes.empty()) {
    const std::size_t list_at = size();
    number(std::uint32_t{0});
    for (std::size_t i = 0; i < attributes.size(); ++i) {
      byte(i + 1 < attributes.size() ? 0x46 : 0x06);
      name(attributes[i].name);
      attributes[i].value();
    }
    patch(list_at, static_cast<std::uint32_t>(size() - list_at - 4));
  }
  if (content) {
    byte(0x02);
    content();
    byte(0x04);
  } else {
    byte(0x03);
  }
  patch(size_at, static_cast<std::uint32_t>(size() - size_at - 4));
}

void EvtxChunkBuilder::bare_element(std::string_view element_name, const Body& content) {
  byte(0x01);
  const std::size_t size_at = size();
  number(std::uint32_t{0});
  name(element_name);
  byte(0x02);
  content();
  byte(0x04);
  patch(size_at, static_cast<std::uint32_t>(size() - size_at - 4));
}

void EvtxChunkBuilder::literal(std::string_view ascii) {
  byte(0x05);
  byte(0x01);
  number(static_cast<std::uint16_t>(ascii.size()));
  append(utf16(ascii));
}

void EvtxChunkBuilder::substitution(std::uint16_t index, std::uint8_t type, bool optional) {
  byte(optional ? 0x0e : 0x0d);
  number(index);
  byte(type);
}

std::string EvtxChunkBuilder::finish() {
  std::string chunk = bytes_;
  const auto free_space = static_cast<std::uint32_t>(chunk.size());
  put(chunk, 0, std::string("ElfChnk\0", 8));
  for (std::size_t at : {8u, 24u}) {
    put(chunk, at, raw(first_id_));
    put(chunk, at + 8, raw(last_id_));
  }
  put(chunk, 40, raw(std::uint32_t{128}));
  put(chunk, 44, raw(static_cast<std::uint32_t>(record_)));
  put(chunk, 48, raw(free_space));
  put(chunk, 52, raw(evtx::crc32(std::string_view(chunk).substr(512))));
  const std::string_view header(chunk.data(), 512);
  put(chunk, 124, raw(evtx::crc32(header.substr(128), evtx::crc32(header.substr(0, 120)))));
  chunk.resize(65'536);
  return chunk;
}

void write_system(EvtxChunkBuilder& c) {
  const auto text = [&](std::string_view value) { return [&c, value] { c.literal(value); }; };
  c.element("System", {}, [&] {
    c.element("Provider",
              {{"Name", text("Vedette-Test")}, {"Guid", text("{0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0}")}}, {});
    c.element("EventID", {}, [&] { c.substitution(0, 0x06); });
    c.element("Level", {}, text("4"));
    c.element("EventRecordID", {}, [&] { c.substitution(1, 0x0a); });
    c.element("Channel", {}, text("Test/Operational"));
    c.element("Computer", {}, text("Host-1.example.org"));
  });
}

void write_event(EvtxChunkBuilder& c, const std::vector<NamedType>& data) {
  const std::string ns = "http://schemas.microsoft.com/win/2004/08/events/event";
  c.element("Event", {{"xmlns", [&] { c.literal(ns); }}}, [&] {
    write_system(c);
    c.element("EventData", {}, [&] {
      for (std::size_t i = 0; i < data.size(); ++i) {
        std::vector<EvtxChunkBuilder::Attribute> attributes;
        if (!data[i].name.empty()) attributes.push_back({"Name", [&, i] { c.literal(data[i].name); }});
        c.element("Data", attributes,
                  [&, i] { c.substitution(static_cast<std::uint16_t>(i + 2), data[i].type); });
      }
    });
  });
}

std::string evtx_file(const std::vector<std::string>& chunks) {
  std::string file(4096, '\0');
  put(file, 0, std::string("ElfFile\0", 8));
  put(file, 16, raw(std::uint64_t{chunks.size() - 1}));
  put(file, 24, raw(std::uint64_t{1000}));
  put(file, 32, raw(std::uint32_t{128}));
  put(file, 36, raw(std::uint16_t{1}));
  put(file, 38, raw(std::uint16_t{3}));
  put(file, 40, raw(std::uint16_t{4096}));
  put(file, 42, raw(static_cast<std::uint16_t>(chunks.size())));
  put(file, 124, raw(evtx::crc32(std::string_view(file).substr(0, 120))));
  for (const auto& chunk : chunks) file += chunk;
  return file;
}

}  // namespace vedette::normalize::test
