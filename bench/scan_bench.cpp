#include "scan_bench.hpp"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <functional>

#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include "generator.hpp"
#include "vedette/base/files.hpp"
#include "vedette/base/text.hpp"
#include "vedette/detect/engine.hpp"
#include "vedette/node/content.hpp"
#include "vedette/node/rule_cases.hpp"
#include "vedette/node/scan.hpp"

namespace vedette::bench {
namespace {

namespace fs = std::filesystem;

struct Options {
  node::RuleSelection rules;
  std::size_t events = 200'000;
  std::string evtx;
  int repeat = 3;
};

double cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_utime.tv_sec) + static_cast<double>(usage.ru_utime.tv_usec) * 1e-6;
}

double peak_memory_mb() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024;
}

struct Timing {
  double wall = 0, cpu = 0;
};

Timing median_of(int rounds, const std::function<void()>& work) {
  std::vector<double> wall, cpu;
  for (int i = 0; i < rounds; ++i) {
    const double cpu_before = cpu_seconds();
    const auto start = std::chrono::steady_clock::now();
    work();
    wall.push_back(std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
    cpu.push_back(cpu_seconds() - cpu_before);
  }
  std::sort(wall.begin(), wall.end());
  std::sort(cpu.begin(), cpu.end());
  return {wall[wall.size() / 2], cpu[cpu.size() / 2]};
}

void row(const std::string& what, double events, double bytes, Timing timing, const std::string& note = "") {
  fmt::print("| {} | {:.0f} | {:.1f} | {:.0f} | {} |\n", what, events / timing.wall,
             bytes / timing.wall / 1e6, events / timing.cpu, note);
  std::fflush(stdout);
}

void bench_scan(const Options& options, const std::string& name, const std::string& path, double bytes) {
  for (const int threads : {1, 2}) {
    node::ScanOptions scan;
    scan.paths = {path};
    scan.threads = threads;
    std::uint64_t alerts = 0, events = 0;
    const Timing timing = median_of(options.repeat, [&] {
      node::ScanObserver observer;
      alerts = 0;
      std::string json;
      observer.on_alert = [&](const model::Alert& alert) {
        json.clear();
        append_json(json, alert);
        ++alerts;
      };
      events =
          node::scan(scan, node::load_selected_rules(options.rules, false, threads), observer, {}).events;
    });
    row(fmt::format("{}, file to alerts, rules loaded, {} thread{}", name, threads, threads > 1 ? "s" : ""),
        static_cast<double>(events), bytes, timing, fmt::format("{} alerts", alerts));
  }
}

void bench_stages(const Options& options, const std::string& text) {
  std::vector<std::shared_ptr<const model::EventBatch>> batches;
  const auto events = static_cast<double>(options.events);
  const auto bytes = static_cast<double>(text.size());
  row("Sysmon NDJSON, parse and map only, 1 thread", events, bytes,
      median_of(options.repeat, [&] { batches = node::normalize_text(text, "bench.ndjson"); }));
  const detect::Engine engine(node::load_selected_rules(options.rules, false, 1), node::shipped_taxonomy());
  detect::Detector detector(engine);
  std::vector<detect::RuleHit> hits;
  const auto detect_all = [&] {
    hits.clear();
    for (const auto& batch : batches) detector.run(*batch, hits);
  };
  detect_all();  // compiles the programs
  for (int i = 0; i < 20; ++i) detect_all();
  row("Sysmon, parsed events through all rules, 1 thread", events, bytes,
      median_of(options.repeat, detect_all), fmt::format("{} hits", hits.size()));
}

// One file of 100 MB, made of the chunks of all files below `folder`, again and again.
std::string large_evtx(const std::string& folder) {
  constexpr std::size_t kHeader = 4096, kChunk = 65536, kWanted = 100'000'000;
  std::string chunks, header;
  const auto files = base::list_files(folder, {".evtx"});
  for (const std::string& name : files ? *files : std::vector<std::string>{}) {
    const auto file = base::read_file(name);
    if (!file || file->size() < kHeader + kChunk) continue;
    if (header.empty()) header = file->substr(0, kHeader);
    chunks += file->substr(kHeader, (file->size() - kHeader) / kChunk * kChunk);
  }
  if (chunks.empty()) return {};
  std::string out = header;
  while (out.size() < kWanted) out += chunks;
  return out;
}

bool read_options(const std::vector<std::string>& arguments, Options& options) {
  for (std::size_t i = 0; i + 1 < arguments.size(); i += 2) {
    const std::string& name = arguments[i];
    const std::string& value = arguments[i + 1];
    if (name == "--rules") {
      options.rules.folders.push_back(value);
    } else if (name == "--events") {
      options.events = base::parse_uint(value).value_or(0);
    } else if (name == "--evtx") {
      options.evtx = value;
    } else if (name == "--repeat") {
      options.repeat = static_cast<int>(base::parse_int(value).value_or(0));
    } else {
      return false;
    }
  }
  return arguments.size() % 2 == 0 && options.events > 0 && options.repeat > 0;
}

}  // namespace

int run_scan_bench(const std::vector<std::string>& arguments) {
  Options options;
  if (!read_options(arguments, options)) {
    fmt::print(stderr, "vedette_bench scan: wrong options\n");
    return 2;
  }
  const fs::path folder = fs::temp_directory_path() / fmt::format("vedette_bench_{}", getpid());
  fs::create_directories(folder);
  std::size_t rules = 0;
  const Timing load = median_of(
      options.repeat, [&] { rules = node::load_selected_rules(options.rules, false, 1).rules.size(); });
  fmt::print(
      "{} rules loaded in {:.2f} s (one thread; programs compile at the first event of their kind)\n\n",
      rules, load.wall);
  fmt::print("| what | events/s | MB/s | events per CPU second | note |\n|---|---|---|---|---|\n");
  {
    const std::string text = sysmon_ndjson(options.events);
    const std::string path = (folder / "sysmon.ndjson").string();
    if (!base::write_file_atomically(path, text)) return 2;
    bench_scan(options, "Sysmon NDJSON", path, static_cast<double>(text.size()));
    fmt::print("\npeak memory so far {:.0f} MB\n\n",
               peak_memory_mb() - static_cast<double>(text.size()) / (1 << 20));
    bench_stages(options, text);
  }
  const std::string syslog = sshd_syslog(options.events);
  const std::string path = (folder / "auth.log").string();
  if (!base::write_file_atomically(path, syslog)) return 2;
  bench_scan(options, "sshd syslog", path, static_cast<double>(syslog.size()));
  if (!options.evtx.empty()) {
    const std::string evtx = large_evtx(options.evtx);
    if (evtx.empty()) {
      fmt::print(stderr, "vedette_bench scan: no .evtx file below {}\n", options.evtx);
      return 2;
    }
    const std::string evtx_path = (folder / "large.evtx").string();
    if (!base::write_file_atomically(evtx_path, evtx)) return 2;
    bench_scan(options, "EVTX", evtx_path, static_cast<double>(evtx.size()));
  }
  fs::remove_all(folder);
  return 0;
}

}  // namespace vedette::bench
