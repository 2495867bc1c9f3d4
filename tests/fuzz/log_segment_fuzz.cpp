// Any bytes as the newest segment of a log: it opens, what it gives are records as they can have been
// written, in order, it takes new ones, and gives the same after it was closed.
#include <cstdint>
#include <string>
#include <vector>

#include "support/memory_file_system.hpp"
#include "vedette/base/check.hpp"
#include "vedette/base/hash.hpp"
#include "vedette/bus/log.hpp"

namespace {

using namespace vedette;

const ports::TopicPartition kEvents{"events", 0};
const std::string kSegment = "log/topics/events.0/00000000000000000001.seg";

std::unique_ptr<bus::Log> open(base::FileSystem& files) {
  bus::LogOptions options;
  options.folder = "log";
  options.reserve_bytes = 0;
  options.always_decode = true;
  auto log = bus::Log::open(files, options);
  CHECK(log.ok());
  return std::move(log).value();
}

std::shared_ptr<const model::EventBatch> batch(const std::string& text) {
  model::BatchBuilder builder(std::make_shared<model::Source>());
  builder.begin_row(1);
  builder.add_copy(model::field::message, text);
  builder.end_row();
  return builder.finish();
}

std::vector<std::uint64_t> offsets(bus::Log& log) {
  std::vector<std::uint64_t> found;
  for (std::uint64_t at = 1;;) {
    const auto records = log.read(kEvents, at, 1 << 20, std::chrono::milliseconds(0));
    CHECK(records.ok());
    if (records->empty()) return found;
    for (const ports::Record& record : *records) {
      CHECK(record.offset >= at && record.batch->size() == record.count);
      found.push_back(record.offset);
      at = record.offset + record.count;
    }
  }
}

// A log of three records whose salt is always the same, so that inputs can build on its bytes.
const test::MemoryFileSystem& sample() {
  static const test::MemoryFileSystem files = [] {
    test::MemoryFileSystem made;
    std::string salt = "VDTLOG1\nsalted!!";
    const std::uint64_t checksum = base::hash64(salt);
    for (int shift = 0; shift < 64; shift += 8) salt += static_cast<char>(checksum >> shift);
    made.put("log/log", salt);
    const auto log = open(made);
    for (int i = 0; i < 3; ++i) CHECK(log->append_and_wait(kEvents, batch(std::to_string(i))).ok());
    return made;
  }();
  return files;
}

}  // namespace

// The input is a list of changes of the sample's segment: place (2 bytes), kind, bytes (1 byte), bytes.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  test::MemoryFileSystem files = sample();
  std::string bytes = files.get(kSegment);
  while (size >= 4) {
    const std::size_t at = (data[0] | std::size_t{data[1]} << 8) % (bytes.size() + 1);
    const std::size_t count = std::min<std::size_t>(data[3], size - 4);
    const std::string text(reinterpret_cast<const char*>(data) + 4, count);
    if (data[2] % 4 == 0) bytes.insert(at, text);
    if (data[2] % 4 == 1) bytes.replace(at, std::min(count, bytes.size() - at), text);
    if (data[2] % 4 == 2) bytes.resize(at);
    if (data[2] % 4 == 3) bytes.insert(at, bytes.substr(bytes.size() / 2, count));
    data += 4 + count;
    size -= 4 + count;
  }
  files.put(kSegment, bytes);
  std::vector<std::uint64_t> before;
  std::uint64_t added = 0;
  {
    const auto log = open(files);
    before = offsets(*log);
    CHECK(before.size() <= 3);
    const auto offset = log->append_and_wait(kEvents, batch("new"));
    CHECK(offset.ok() && *offset >= 4);
    added = *offset;
  }
  before.push_back(added);
  CHECK(offsets(*open(files)) == before);
  return 0;
}
