#include "store_bench.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <mutex>
#include <thread>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include "store_generator.hpp"
#include "store_queries.hpp"
#include "vedette/base/file_system.hpp"
#include "vedette/base/text.hpp"
#include "vedette/model/event_codec.hpp"
#include "vedette/node/data_folder.hpp"
#include "vedette/query/query.hpp"
#include "vedette/report/rows.hpp"

namespace vedette::bench {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

constexpr std::uint64_t kSeed = 20261103;

struct Options {
  std::uint64_t rows = 10'000'000;
  std::string folder = "build/bench-store", ndjson;
  int threads = 2, rounds = 3;
  bool keep = false, plans = false;
};

bool read_options(const std::vector<std::string>& arguments, Options& options) {
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string& name = arguments[i];
    const auto value = [&] { return i + 1 < arguments.size() ? arguments[++i] : std::string(); };
    const auto number = [&] { return base::parse_uint(value()).value_or(0); };
    if (name == "--rows") {
      options.rows = number();
    } else if (name == "--large") {
      options.rows = 100'000'000;
    } else if (name == "--threads") {
      options.threads = static_cast<int>(number());
    } else if (name == "--rounds") {
      options.rounds = static_cast<int>(number());
    } else if (name == "--dir") {
      options.folder = value();
    } else if (name == "--ndjson") {
      options.ndjson = value();
    } else if (name == "--keep") {
      options.keep = true;
    } else if (name == "--plans") {
      options.plans = true;
    } else {
      return false;
    }
  }
  return options.rows >= StoreGenerator::kMinRows && options.rounds > 0 && options.threads > 0;
}

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

double peak_memory_mb() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024;
}

std::uint64_t folder_bytes(const std::string& folder) {
  std::uint64_t bytes = 0;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file()) bytes += entry.file_size();
  }
  return bytes;
}

// Takes the files out of the page cache.
void make_cold(const std::string& folder) {
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (!entry.is_regular_file()) continue;
    const int file = ::open(entry.path().c_str(), O_RDONLY);
    if (file < 0) continue;
    ::fsync(file);
    ::posix_fadvise(file, 0, 0, POSIX_FADV_DONTNEED);
    ::close(file);
  }
}

int write_ndjson(const StoreGenerator& generator, const std::string& path) {
  std::FILE* out = std::fopen(path.c_str(), "wb");
  if (!out) return 2;
  std::string text;
  for (std::uint64_t first = 0; first < generator.rows(); first += StoreGenerator::kBatchRows) {
    const auto batch = generator.batch(first);
    text.clear();
    for (std::size_t row = 0; row < batch->size(); ++row) {
      append_json(text, (*batch)[row]);
      text += '\n';
    }
    std::fwrite(text.data(), 1, text.size(), out);
  }
  return std::fclose(out) == 0 ? 0 : 2;
}

struct Ingested {
  double acknowledged = 0, sealed = 0, peak_memory_mb = 0;
  std::uint64_t refused = 0;   // batches
  std::vector<double> delays;  // of acknowledgements, seconds
};

// Two threads make events and append them, as listeners would; the store follows.
Ingested ingest(const StoreGenerator& generator, node::DataFolder& data) {
  Ingested result;
  std::mutex mutex;
  std::atomic<std::uint64_t> next{0};
  std::atomic<int> refused{0};
  const auto start = Clock::now();
  std::vector<std::thread> threads;
  for (int i = 0; i < 2; ++i) {
    threads.emplace_back([&] {
      for (;;) {
        const std::uint64_t first = next.fetch_add(StoreGenerator::kBatchRows);
        if (first >= generator.rows()) return;
        auto batch = generator.batch(first);
        const auto handed = Clock::now();
        refused += !data.bus().append_and_wait(node::kEventsTopic, std::move(batch)).ok();
        std::lock_guard lock(mutex);
        result.delays.push_back(seconds_since(handed));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  result.acknowledged = seconds_since(start);
  const base::Status sealed = data.seal();
  result.sealed = seconds_since(start);
  result.refused = static_cast<std::uint64_t>(refused.load()) + (sealed.ok() ? 0 : 1);
  result.peak_memory_mb = peak_memory_mb();
  std::sort(result.delays.begin(), result.delays.end());
  return result;
}

// Events a second that one thread makes.
double generation_rate(const StoreGenerator& generator) {
  constexpr std::uint64_t kBatches = 40;
  std::uint64_t made = 0;
  const auto start = Clock::now();
  for (std::uint64_t i = 0; i < kBatches; ++i)
    made += generator.batch(generator.rows() / kBatches * i)->size();
  return static_cast<double>(made) / seconds_since(start);
}

struct Alone {
  bool good = true;
  double sealed = 0, compacted = 0;  // seconds
};

// The store's own work on one thread, without that of making events.
Alone store_alone(const StoreGenerator& generator, const std::string& folder) {
  Alone result;
  fs::remove_all(folder);
  fs::create_directories(folder);
  store::StoreOptions store_options;
  store_options.folder = folder;
  auto store = store::Store::open(base::posix_file_system(), store_options);
  if (!store.ok()) return {.good = false};
  const auto timed = [&](double& seconds, const auto& work) {
    const auto start = Clock::now();
    result.good = work().ok() && result.good;
    seconds += seconds_since(start);
  };
  for (std::uint64_t first = 0; first < generator.rows(); first += StoreGenerator::kBatchRows) {
    const auto batch = model::with_sequences(generator.batch(first), first + 1);
    timed(result.sealed, [&] { return (*store)->append(batch); });
  }
  timed(result.sealed, [&] { return (*store)->seal(); });
  timed(result.compacted, [&] { return (*store)->compact({}); });
  store->reset();
  fs::remove_all(folder);
  return result;
}

void report_datasets(const StoreTruth& truth, const store::StoreUse& use) {
  fmt::print("| dataset | events | JSON bytes an event | stored bytes an event | part of the JSON |\n");
  fmt::print("|---|---|---|---|---|\n");
  for (const auto& [name, dataset] : truth.datasets) {
    std::uint64_t bytes = 0;
    for (const store::DatasetUse& part : use.datasets) bytes += part.dataset == name ? part.bytes : 0;
    const auto rows = static_cast<double>(dataset.rows), stored = static_cast<double>(bytes);
    fmt::print("| {} | {} | {:.0f} | {:.0f} | 1/{:.1f} |\n", name, dataset.rows, dataset.json_bytes / rows,
               stored / rows, stored > 0 ? dataset.json_bytes / stored : 0);
  }
  fmt::print("\n");
}

void report_ingest(const StoreGenerator& generator, const StoreTruth& truth, const Ingested& ingested,
                   const std::string& folder, const store::StoreUse& use) {
  const auto rows = static_cast<double>(generator.rows());
  double json = 0;
  for (const auto& [name, dataset] : truth.datasets) json += dataset.json_bytes / rows;
  const auto stored = static_cast<double>(folder_bytes(folder + "/store"));
  std::uint64_t parts = 0;
  for (const store::DatasetUse& dataset : use.datasets) parts += dataset.parts;
  fmt::print("| ingest | figure |\n|---|---|\n");
  fmt::print("| events | {} of {:.0f} bytes of JSON |\n", generator.rows(), json);
  fmt::print("| generated, one thread | {:.0f} events/s |\n", generation_rate(generator));
  fmt::print("| acknowledged (in the log, fdatasync) | {:.0f} events/s |\n", rows / ingested.acknowledged);
  fmt::print("| sealed in the store | {:.0f} events/s |\n", rows / ingested.sealed);
  fmt::print("| acknowledgement of {} events, p50 / p99 | {:.1f} / {:.1f} ms |\n", StoreGenerator::kBatchRows,
             ingested.delays[ingested.delays.size() / 2] * 1e3,
             ingested.delays[ingested.delays.size() * 99 / 100] * 1e3);
  fmt::print("| stored, filters included | {:.0f} bytes an event, 1/{:.1f} of the JSON, in {} parts |\n",
             stored / rows, json * rows / stored, parts);
  fmt::print("| log, without what the store has and retention took | {:.0f} bytes an event |\n",
             static_cast<double>(folder_bytes(folder + "/log")) / rows);
  fmt::print("| peak memory | {:.0f} MB |\n\n", ingested.peak_memory_mb);
  report_datasets(truth, use);
}

struct Answer {
  std::uint64_t rows = 0;
  std::string first;
  double ms = 0;
  model::SearchStats stats;
  std::string trouble;
};

Answer ask(const store::Store& store, const BenchQuery& query, int threads) {
  Answer answer;
  const auto start = Clock::now();
  const query::Parsed parsed = query::parse(query.text, {});
  if (!parsed.query) {
    answer.trouble = query::render(parsed.diagnostics.at(0), query.text);
    return answer;
  }
  query::RunOptions options;
  options.threads = threads;
  options.limits.max_memory = 4ULL << 30;
  options.limits.max_groups = 10'000'000;
  std::vector<std::string> columns;
  query::Output output;
  output.on_header = [&](const query::Header& header) { columns = header.columns; };
  output.on_rows = [&](const std::shared_ptr<const model::EventBatch>& batch) {
    if (answer.rows == 0 && !batch->empty() && !columns.empty()) {
      answer.first = report::cell_text((*batch)[0], columns[0]);
    }
    answer.rows += batch->size();
    return true;
  };
  const auto result = query::run(*parsed.query, store, options, output, {});
  answer.ms = seconds_since(start) * 1e3;
  if (!result.ok()) {
    answer.trouble = result.error().message;
  } else {
    answer.stats = result->stats;
    if (result->cut != model::Cut::none) answer.trouble = result->cut_reason;
  }
  if (query.rows && answer.rows != *query.rows) {
    answer.trouble += fmt::format("{} rows, not {}", answer.rows, *query.rows);
  }
  if (query.count && answer.first != std::to_string(*query.count)) {
    answer.trouble += fmt::format("{}, not {}", answer.first, *query.count);
  }
  return answer;
}

// False if an answer was wrong.
bool ask_all(const StoreGenerator& generator, const StoreTruth& truth, const Options& options) {
  node::DataOptions data_options;
  data_options.folder = options.folder;
  bool right = true;
  fmt::print(
      "| query | rows | cold ms | hot ms | blocks read | of | bytes read |\n|---|---|---|---|---|---|---|\n");
  for (const BenchQuery& query : store_queries(generator, truth)) {
    make_cold(options.folder);
    const auto opened = node::DataReader::open(data_options);
    if (!opened.ok()) {
      fmt::print(stderr, "{}\n", opened.error().message);
      return false;
    }
    const store::Store& store = (*opened)->store();
    const Answer cold = ask(store, query, options.threads);
    std::vector<double> hot;
    std::string trouble = cold.trouble;
    for (int i = 0; i < options.rounds; ++i) {
      const Answer again = ask(store, query, options.threads);
      hot.push_back(again.ms);
      if (trouble.empty()) trouble = again.trouble;
    }
    std::sort(hot.begin(), hot.end());
    const model::SearchStats& stats = cold.stats;
    fmt::print(
        "| {} | {} | {:.1f} | {:.1f} | {} | {} | {} |\n", query.name, cold.rows, cold.ms, hot[hot.size() / 2],
        stats.blocks - stats.blocks_skipped_time - stats.blocks_skipped_filter - stats.blocks_from_header,
        stats.blocks, stats.bytes_read);
    if (options.plans) {
      fmt::print("\n    {}\n", query.text);
      for (const std::string& line : stats.plan) fmt::print("    {}\n", line);
    }
    if (!trouble.empty()) {
      right = false;
      fmt::print(stderr, "WRONG: {}: {}\n", query.name, trouble);
    }
    std::fflush(stdout);
  }
  return right;
}

}  // namespace

int run_store_bench(const std::vector<std::string>& arguments) {
  Options options;
  if (!read_options(arguments, options)) {
    fmt::print(
        stderr,
        "vedette_bench store [--rows N] [--large] [--rounds N] [--threads N] [--dir DIR] [--ndjson FILE] "
        "[--keep] [--plans]\n");
    return 2;
  }
  const StoreGenerator generator(kSeed, options.rows);
  if (!options.ndjson.empty()) return write_ndjson(generator, options.ndjson);

  const StoreTruth truth = count_truth(generator, options.threads);
  const bool filled = fs::exists(options.folder + "/store");
  node::DataOptions data_options;
  data_options.folder = options.folder;
  data_options.report = [](const std::string& sentence) { fmt::print(stderr, "{}\n", sentence); };
  bool right = true;
  if (!filled) {
    fs::create_directories(options.folder);
    auto data = node::DataFolder::open(data_options);
    if (!data.ok()) {
      fmt::print(stderr, "{}\n", data.error().message);
      return 2;
    }
    const Ingested ingested = ingest(generator, **data);
    const auto start = Clock::now();
    const base::Status compacted = (*data)->store().compact({});
    if (!compacted.ok()) fmt::print(stderr, "{}\n", compacted.error().message);
    fmt::print("compacted in {:.1f} s\n\n", seconds_since(start));
    report_ingest(generator, truth, ingested, options.folder, (*data)->store().use());
    if (ingested.refused > 0 || !compacted.ok()) {
      right = false;
      fmt::print(stderr, "WRONG: {} batches were refused\n", ingested.refused);
    }
    data->reset();
    std::fflush(stdout);  // the rest takes long
    const Alone alone = store_alone(generator, options.folder + "/alone");
    right = right && alone.good;
    fmt::print("The store alone, one thread: {:.0f} events/s appended and sealed, compacted in {:.1f} s\n\n",
               static_cast<double>(generator.rows()) / alone.sealed, alone.compacted);
  }
  right = ask_all(generator, truth, options) && right;
  fmt::print("\npeak memory with queries: {:.0f} MB\n", peak_memory_mb());
  if (!options.keep) fs::remove_all(options.folder);
  return right ? 0 : 1;
}

}  // namespace vedette::bench
