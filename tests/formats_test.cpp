// Golden cases of the formats: tests/formats/<format>/<case>.<ext> is read as `vedette` would read it, and
// the events are compared with <case>.ecs.ndjson beside it. The format is detected unless <case>.format names
// one. With VEDETTE_UPDATE=1 the expectations are rewritten (and new ones made): read the difference before
// you commit it.
#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include <gtest/gtest.h>

#include "vedette/base/files.hpp"
#include "vedette/base/text.hpp"
#include "vedette/normalize/mapping.hpp"
#include "vedette/normalize/normalizer.hpp"

namespace vedette::normalize {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kExpected = ".ecs.ndjson";
constexpr const char* kCases = "tests/formats";
constexpr const char* kMappings = "content/mappings";
constexpr std::size_t kShownDifferences = 10;

bool updating() {
  const char* set = std::getenv("VEDETTE_UPDATE");
  return set && std::string_view(set) == "1";
}

const MappingSet& mappings() {
  static const std::unique_ptr<MappingSet> set = [] {
    std::vector<std::string> texts;
    std::vector<MappingFile> files;
    const auto paths = base::list_files(kMappings, {".yml"});
    if (paths.ok()) {
      texts.reserve(paths->size());
      for (const std::string& path : *paths) {
        texts.push_back(base::read_file(path).value());
        files.push_back({path, texts.back()});
      }
    }
    base::Diagnostics diagnostics;
    auto loaded = MappingSet::load(files, diagnostics);
    for (const auto& diagnostic : diagnostics) ADD_FAILURE() << diagnostic.to_string();
    return loaded;
  }();
  return *set;
}

void append_batch(std::vector<std::string>& out, const model::EventBatch& batch) {
  for (std::size_t row = 0; row < batch.size(); ++row) model::append_json(out.emplace_back(), batch[row]);
}

// The events of a file, one JSON object each. Small chunks, so that records are met on both sides of a
// border.
std::vector<std::string> read_events(const std::string& bytes, const std::string& path,
                                     const std::string& format, std::size_t chunk_bytes) {
  std::vector<std::string> events;
  const auto detected = detect_format(bytes, path, format);
  if (!detected.ok()) {
    ADD_FAILURE() << detected.error().message;
    return events;
  }
  std::size_t at = 0;
  FramerOptions framing;
  framing.chunk_bytes = chunk_bytes;
  const auto framer = make_framer(
      detected->framing,
      [&](char* to, std::size_t capacity) -> base::Result<std::size_t> {
        const std::size_t size = std::min(capacity, bytes.size() - at);
        std::memcpy(to, bytes.data() + at, size);
        at += size;
        return size;
      },
      framing);
  StreamOptions options;
  options.detected = *detected;
  options.forced = !format.empty();
  options.default_year = 2026;
  Normalizer normalizer(mappings(), std::make_shared<model::Source>(model::Source{path}), options);
  for (;;) {
    const auto chunk = framer->next();
    if (!chunk.ok() || !chunk->bytes) break;
    append_batch(events, *normalizer.parse(*chunk));
  }
  append_batch(events, *normalizer.finish());
  return events;
}

std::vector<std::string> split_lines(std::string_view text) {
  std::vector<std::string> lines;
  for (const std::string_view line : base::split(text, '\n')) {
    if (!line.empty()) lines.emplace_back(line);
  }
  return lines;
}

// The top-level members of a flat JSON object, as text.
std::vector<std::string> members(std::string_view object) {
  std::vector<std::string> out(1);
  bool in_string = false;
  int depth = 0;
  for (std::size_t i = 0; i < object.size(); ++i) {
    const char c = object[i];
    if (in_string) {
      out.back() += c;
      if (c == '\\' && i + 1 < object.size()) out.back() += object[++i];
      in_string = c != '"';
      continue;
    }
    if (c == '{' || c == '[') ++depth;
    if (c == '}' || c == ']') --depth;
    if ((c == '{' && depth == 1) || (c == '}' && depth == 0)) continue;
    if (c == ',' && depth == 1) {
      out.emplace_back();
      continue;
    }
    in_string = c == '"';
    out.back() += c;
  }
  std::sort(out.begin(), out.end());
  return out;
}

std::string difference(const std::string& expected, const std::string& actual) {
  const auto want = members(expected), got = members(actual);
  std::vector<std::string> missing, extra;
  std::set_difference(want.begin(), want.end(), got.begin(), got.end(), std::back_inserter(missing));
  std::set_difference(got.begin(), got.end(), want.begin(), want.end(), std::back_inserter(extra));
  std::string out;
  for (const auto& member : missing) out += "  - " + member + "\n";
  for (const auto& member : extra) out += "  + " + member + "\n";
  return out.empty() ? "  (order of members)\n" : out;
}

void compare(const std::vector<std::string>& expected, const std::vector<std::string>& actual) {
  EXPECT_EQ(expected.size(), actual.size()) << "number of events";
  std::size_t shown = 0;
  for (std::size_t i = 0; i < std::min(expected.size(), actual.size()) && shown < kShownDifferences; ++i) {
    if (expected[i] == actual[i]) continue;
    ++shown;
    ADD_FAILURE() << "event " << i + 1 << " (- expected, + actual):\n" << difference(expected[i], actual[i]);
  }
}

class FormatCase : public testing::Test {
 public:
  explicit FormatCase(std::string input) : input_(std::move(input)) {}

  void TestBody() override {
    const auto bytes = base::read_file(input_);
    ASSERT_TRUE(bytes.ok()) << bytes.error().message;
    const std::string stem = fs::path(input_).replace_extension().string();
    const auto named = base::read_file(stem + ".format");
    const std::string format = named.ok() ? std::string(base::trim(*named)) : std::string();
    const auto actual = read_events(*bytes, input_, format, 1 << 20);
    EXPECT_EQ(actual, read_events(*bytes, input_, format, 4096)) << "the size of chunks shows";
    const std::string expected_path = stem + std::string(kExpected);
    if (updating()) {
      std::string text;
      for (const auto& event : actual) text += event + "\n";
      ASSERT_TRUE(base::write_file_atomically(expected_path, text).ok());
      return;
    }
    const auto expected = base::read_file(expected_path);
    ASSERT_TRUE(expected.ok()) << expected.error().message;
    compare(split_lines(*expected), actual);
  }

 private:
  std::string input_;
};

bool is_input(const std::string& path) {
  return !path.ends_with(kExpected) && !path.ends_with(".format") && !path.ends_with(".md");
}

void register_cases() {
  const auto paths = base::list_files(kCases);
  if (!paths.ok()) return;
  for (const std::string& path : *paths) {
    if (!is_input(path)) continue;
    const fs::path relative = fs::path(path).lexically_relative(kCases);
    std::string suite = relative.parent_path().string();
    std::replace(suite.begin(), suite.end(), '-', '_');  // '-' has a meaning in --gtest_filter
    testing::RegisterTest(suite.c_str(), relative.filename().string().c_str(), nullptr, nullptr, __FILE__,
                          __LINE__, [path]() -> FormatCase* { return new FormatCase(path); });
  }
}

}  // namespace
}  // namespace vedette::normalize

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  vedette::normalize::register_cases();
  return RUN_ALL_TESTS();
}
