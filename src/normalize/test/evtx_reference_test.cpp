// Compares the reader with renderings of the same files by others, where the shared data is there.
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <iterator>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <simdjson.h>

#include "evtx_rows.hpp"
#include "vedette/base/files.hpp"
#include "vedette/base/text.hpp"

namespace vedette::normalize::test {
namespace {

using simdjson::dom::element;

std::string shared_folder() {
  const char* set = std::getenv("VEDETTE_SHARED");
  return set ? set : "../shared";
}

std::vector<std::string> evtx_files(const std::string& folder) {
  const auto files = base::list_files(shared_folder() + "/data/" + folder, {".evtx"});
  return files.ok() ? *files : std::vector<std::string>{};
}

struct File {
  std::vector<std::shared_ptr<const model::EventBatch>> batches;
  std::vector<model::Event> events;
  std::uint64_t damaged = 0;
};

File read_file(const std::string& path) {
  File file;
  const auto bytes = base::read_file(path);
  if (!bytes.ok()) return file;
  for (std::size_t at = 4096; at < bytes->size(); at += kEvtxChunkBytes) {
    BatchSink sink;
    const auto result = parse_evtx_chunk(std::string_view(*bytes).substr(at, kEvtxChunkBytes), sink);
    file.damaged += result.damaged;
    file.batches.push_back(sink.finish());
    for (std::size_t i = 0; i < file.batches.back()->size(); ++i) {
      file.events.push_back((*file.batches.back())[i]);
    }
  }
  return file;
}

std::string scalar_text(const element& value) {
  switch (value.type()) {
    case simdjson::dom::element_type::STRING:
      return std::string(value.get_string().value());
    case simdjson::dom::element_type::INT64:
      return std::to_string(value.get_int64().value());
    case simdjson::dom::element_type::UINT64:
      return std::to_string(value.get_uint64().value());
    case simdjson::dom::element_type::BOOL:
      return value.get_bool().value() ? "true" : "false";
    default:
      return "";
  }
}

// The same spelling for what the renderers spell in their own ways: braces and case of GUIDs, line ends,
// padded hex.
std::string canonical(std::string text) {
  std::erase(text, '\r');
  text = base::trim(text);
  if (text.size() == 38 && text.front() == '{' && text.back() == '}') text = text.substr(1, 36);
  if (text.size() == 36 && text[8] == '-' && text[13] == '-') text = base::to_lower_ascii(text);
  if (text == "True" || text == "False") text = base::to_lower_ascii(text);
  constexpr std::string_view kNoFraction = ".0000000Z";
  if (text.size() == 28 && text[10] == 'T' && text.ends_with(kNoFraction)) {
    text[10] = ' ';
    text.resize(text.size() - kNoFraction.size());
  }
  return text;
}

// System of evtx_dump's shape to our names.
void expect_system(const model::Event& event, const element& system, const std::string& where) {
  const std::pair<const char*, const char*> kFields[] = {
      {"/Provider/#attributes/Name", "winlog.provider_name"},
      {"/Provider/#attributes/Guid", "winlog.provider_guid"},
      {"/Version", "winlog.version"},
      {"/Level", "winlog.level"},
      {"/Task", "winlog.task"},
      {"/Opcode", "winlog.opcode"},
      {"/Keywords", "winlog.keywords"},
      {"/EventRecordID", "winlog.record_id"},
      {"/Correlation/#attributes/ActivityID", "winlog.activity_id"},
      {"/Correlation/#attributes/RelatedActivityID", "winlog.related_activity_id"},
      {"/Execution/#attributes/ProcessID", "winlog.process.pid"},
      {"/Execution/#attributes/ThreadID", "winlog.process.thread.id"},
      {"/Channel", "winlog.channel"},
      {"/Computer", "winlog.computer_name"},
      {"/Security/#attributes/UserID", "winlog.user.identifier"}};
  for (const auto& [pointer, name] : kFields) {
    element value;
    std::string text;
    if (system.at_pointer(pointer).get(value) == simdjson::SUCCESS) text = scalar_text(value);
    const std::string ours = field_text(event, name);
    EXPECT_EQ(canonical(ours == "<none>" || ours == "<no such field>" ? "" : ours), canonical(text))
        << where << ' ' << name;
  }
  element id;
  if (system.at_pointer("/EventID/#text").get(id) != simdjson::SUCCESS)
    id = system.at_pointer("/EventID").value();
  EXPECT_EQ(field_text(event, "winlog.event_id"), scalar_text(id)) << where;
  const std::string time = scalar_text(system.at_pointer("/TimeCreated/#attributes/SystemTime").value());
  // Theirs has microseconds, made from floating point in one case.
  EXPECT_NEAR(base::parse_iso8601(time).value_or(0) / 1000, event.time() / 1000, 3) << where;
}

// python-evtx writes arrays as <string> elements within the text.
void add_text(const std::string& key, const std::string& text, std::multimap<std::string, std::string>& out) {
  constexpr std::string_view kOpen = "<string>", kClose = "</string>";
  if (!text.starts_with(kOpen)) {
    out.emplace(key, canonical(text));
    return;
  }
  for (std::size_t at = text.find(kOpen); at != std::string::npos; at = text.find(kOpen, at)) {
    at += kOpen.size();
    out.emplace(key, canonical(text.substr(at, text.find(kClose, at) - at)));
  }
}

void flatten(const element& value, const std::string& key, std::multimap<std::string, std::string>& out) {
  if (value.is_object()) {
    const simdjson::dom::object object = value.get_object().value();
    for (const auto& [name, inner] : object) {
      if (name == "#attributes") continue;
      flatten(inner, name == "#text" ? key : std::string(name), out);
    }
  } else if (value.is_array()) {
    const simdjson::dom::array array = value.get_array().value();
    for (const auto& inner : array) flatten(inner, key, out);
  } else {
    add_text(key, scalar_text(value), out);
  }
}

std::multimap<std::string, std::string> our_data(const model::Event& event, std::string_view prefix) {
  std::multimap<std::string, std::string> out;
  for (const auto& cell : event.cells()) {
    std::string_view name = model::name_of(cell.field);
    if (!name.starts_with(prefix)) continue;
    name.remove_prefix(prefix.size());
    for (const auto& item : cell.value.elements()) {
      model::TextBuffer buffer;
      out.emplace(name, canonical(std::string(model::text_of(item, buffer))));
    }
  }
  return out;
}

using Data = std::multimap<std::string, std::string>;

Data reference_data(const element& event, const char* section) {
  Data out;
  element value;
  if (event.at_key(section).get(value) == simdjson::SUCCESS) flatten(value, section, out);
  out.erase(section);  // the section itself is empty
  return out;
}

// Unnamed Data elements are "Data" or "param<n>"; binary values are Base64 in one rendering, case lost.
void drop_what_renderers_differ_in(Data& data) {
  Data kept;
  for (const auto& [key, value] : data) {
    const bool numbered = key.starts_with("param") && base::parse_uint(std::string_view(key).substr(5));
    if (key != "Binary") kept.emplace(numbered ? "Data" : key, value);
  }
  data = std::move(kept);
}

// python-evtx cuts arrays of strings at the zero byte of this character.
bool has_box_line(const Data& data) {
  return std::any_of(data.begin(), data.end(),
                     [](const auto& item) { return item.second.find("\u2500") != std::string::npos; });
}

// What stands in only one of the two.
std::string difference(const Data& ours, const Data& theirs) {
  std::string text;
  std::vector<Data::value_type> left, right;
  std::multiset<Data::value_type> a(ours.begin(), ours.end()), b(theirs.begin(), theirs.end());
  std::set_difference(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(left));
  std::set_difference(b.begin(), b.end(), a.begin(), a.end(), std::back_inserter(right));
  for (const auto& [key, value] : left) text += "ours: " + key + "=" + value + "\n";
  for (const auto& [key, value] : right) text += "theirs: " + key + "=" + value + "\n";
  return text;
}

struct Comparison {
  std::size_t files = 0, records = 0, events = 0;
};

void compare(const std::string& evtx, const std::string& json_path, Comparison& total) {
  const File file = read_file(evtx);
  EXPECT_EQ(file.damaged, 0u) << evtx;
  const auto text = base::read_file(json_path);
  if (!text.ok()) return;
  ++total.files;
  std::map<std::string, model::Event> by_id;
  for (const model::Event& event : file.events) by_id.emplace(field_text(event, "winlog.record_id"), event);
  simdjson::dom::parser parser;
  const simdjson::padded_string padded(*text);
  simdjson::dom::document_stream documents;
  ASSERT_EQ(parser.parse_many(padded, text->size() + 64).get(documents), simdjson::SUCCESS);
  for (auto document : documents) {
    element event = document.value().at_key("Event").value();
    ++total.records;
    const element system = event.at_key("System").value();
    const std::string id = scalar_text(system.at_key("EventRecordID").value());
    const auto ours = by_id.find(id);
    ASSERT_NE(ours, by_id.end()) << evtx << " record " << id;
    const std::string where = evtx + " record " + id;
    expect_system(ours->second, system, where);
    for (const auto& [prefix, section] :
         {std::pair("winlog.event_data.", "EventData"), std::pair("winlog.user_data.", "UserData")}) {
      Data our = our_data(ours->second, prefix), their = reference_data(event, section);
      drop_what_renderers_differ_in(our);
      drop_what_renderers_differ_in(their);
      if (has_box_line(our)) continue;
      EXPECT_EQ(difference(our, their), "") << where;
    }
  }
  total.events += file.events.size();
}

TEST(EvtxReference, SigmaRegressionFilesAgreeWithTheirRenderings) {
  const auto files = evtx_files("sigma-regression");
  if (files.empty()) GTEST_SKIP() << "no shared data: set VEDETTE_SHARED";
  Comparison total;
  for (const auto& path : files) compare(path, path.substr(0, path.size() - 4) + "json", total);
  EXPECT_EQ(total.files, files.size());
  EXPECT_EQ(total.records, total.events);
  RecordProperty("records", static_cast<int>(total.records));
}

TEST(EvtxReference, WindowsEventFilesAgreeWithTheirRenderings) {
  const auto files = evtx_files("windows-events");
  if (files.empty()) GTEST_SKIP() << "no shared data: set VEDETTE_SHARED";
  Comparison total;
  for (const auto& path : files) compare(path, path.substr(0, path.size() - 4) + "ndjson", total);
  EXPECT_GE(total.events, total.records);
  RecordProperty("records", static_cast<int>(total.records));
}

}  // namespace
}  // namespace vedette::normalize::test
