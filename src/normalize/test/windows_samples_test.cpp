// Recordings of real Windows events in the JSON shapes of several collectors, where they are at hand.
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include <gtest/gtest.h>

#include "vedette/base/files.hpp"
#include "vedette/normalize/mapping.hpp"
#include "vedette/normalize/normalizer.hpp"

namespace vedette::normalize {
namespace {

namespace field = model::field;

std::string shared_folder(const std::string& below) {
  const char* set = std::getenv("VEDETTE_SHARED");
  const std::string path = (set ? std::string(set) : std::string("../shared")) + "/data/" + below;
  return std::filesystem::exists(path) ? path : std::string();
}

struct Tally {
  std::uint64_t events = 0, failures = 0, windows = 0, whole = 0;
};

void read(const std::string& path, Tally& tally) {
  const auto bytes = base::read_file(path);
  ASSERT_TRUE(bytes.ok()) << bytes.error().message;
  base::Diagnostics diagnostics;
  const auto mappings = MappingSet::load({}, diagnostics);
  StreamOptions options;
  options.detected = *detect_format(*bytes, path, "");
  std::size_t at = 0;
  const auto framer = make_framer(
      options.detected.framing,
      [&](char* to, std::size_t capacity) -> base::Result<std::size_t> {
        const std::size_t size = std::min(capacity, bytes->size() - at);
        std::memcpy(to, bytes->data() + at, size);
        at += size;
        return size;
      },
      FramerOptions{});
  Normalizer normalizer(*mappings, std::make_shared<model::Source>(), options);
  for (;;) {
    const auto chunk = framer->next();
    ASSERT_TRUE(chunk.ok());
    if (!chunk->bytes) break;
    const auto batch = normalizer.parse(*chunk);
    for (std::size_t i = 0; i < batch->size(); ++i) {
      const model::Event event = (*batch)[i];
      const model::Value* id = event.find(field::winlog_event_id);
      if (!id) continue;
      ++tally.windows;
      if (id->kind() == model::ValueKind::integer && !event.text(field::winlog_channel).empty() &&
          !event.text(field::winlog_provider_name).empty() && !event.text(field::host_name).empty() &&
          event.time() != 0) {
        ++tally.whole;
      }
    }
  }
  for (const auto& [name, count] : normalizer.counts()) {
    tally.events += count.events;
    tally.failures += count.failures;
  }
}

void expect_windows_events(const std::string& below, const std::vector<std::string>& suffixes) {
  const std::string folder = shared_folder(below);
  if (folder.empty()) GTEST_SKIP() << "no " << below << " (set VEDETTE_SHARED)";
  const auto files = base::list_files(folder, suffixes);
  ASSERT_TRUE(files.ok());
  Tally tally;
  for (const std::string& file : *files) read(file, tally);
  EXPECT_GT(tally.windows, 100u);
  EXPECT_EQ(tally.whole, tally.windows);
  EXPECT_EQ(tally.failures, 0u);
}

TEST(WindowsSamples, EvtxDump) {
  expect_windows_events("sigma-regression", {".json"});
}
TEST(WindowsSamples, EvtxDumpLines) {
  expect_windows_events("windows-events", {".ndjson"});
}
TEST(WindowsSamples, NxLogAndAzure) {
  expect_windows_events("windows-events/otrf", {".json"});
}

}  // namespace
}  // namespace vedette::normalize
