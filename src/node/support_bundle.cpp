#include "vedette/node/support_bundle.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <system_error>
#include <thread>

#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "vedette/base/files.hpp"
#include "vedette/base/json_writer.hpp"
#include "vedette/base/text.hpp"
#include "vedette/base/time.hpp"
#include "vedette/node/data_folder.hpp"

namespace vedette::node {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kBundleReadme = R"(A support bundle of Vedette
===========================

It holds no events, and secrets are masked. Names of hosts, users, files and data sets may stand in it: look at it
before you hand it on.

  version.txt      the program and its build
  system.txt       kernel, processors, memory, disks, limits
  config.yaml      the configuration in force, secrets masked
  config.txt       what `vedette config check` says about it
  store.json       what is stored: datasets, days, sizes, conflicts of types
  files.txt        the files of the data folder with their sizes
  metrics.txt      the counters of the running server
  ready.txt        what the running server says about itself
  log.txt          the end of its log, if it is written to a file (log.file)
)";

std::string first_line_with(const std::string& path, std::string_view prefix) {
  std::ifstream file(path);
  std::string line;
  for (int i = 0; i < 2000 && std::getline(file, line); ++i) {
    if (line.starts_with(prefix)) return line + "\n";
  }
  return {};
}

std::string file_line(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  if (!std::getline(file, line)) return {};
  return path + ": " + line + "\n";
}

std::string disk_text(const std::string& folder) {
  std::error_code error;
  const fs::space_info space = fs::space(folder, error);
  if (error) return fmt::format("disk of {}: {}\n", folder, error.message());
  return fmt::format("disk of {}: {} MiB free of {} MiB\n", folder, space.available >> 20,
                     space.capacity >> 20);
}

std::string system_text(const BundleOptions& options) {
  std::string out;
  utsname name{};
  if (::uname(&name) == 0) {
    out += fmt::format("kernel: {} {} {} {}\n", name.sysname, name.release, name.version, name.machine);
  }
  out += first_line_with("/etc/os-release", "PRETTY_NAME=");
  out += first_line_with("/proc/cpuinfo", "model name");
  out += fmt::format("processors: {} usable\n", std::thread::hardware_concurrency());
  for (const std::string_view key : {"MemTotal", "MemAvailable", "SwapTotal"}) {
    out += first_line_with("/proc/meminfo", key);
  }
  for (const char* path :
       {"/proc/uptime", "/proc/loadavg", "/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/cpu.max"}) {
    out += file_line(path);
  }
  out += disk_text(options.data_folder);
  out += disk_text("/tmp");
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) == 0) {
    out += fmt::format("open files: at most {} (hard limit {})\n", files.rlim_cur, files.rlim_max);
  }
  return out + fmt::format("user id: {}\n", ::geteuid());
}

std::string version_text(const BundleOptions& options) {
  const auto now = std::chrono::duration_cast<std::chrono::nanoseconds>(
      std::chrono::system_clock::now().time_since_epoch());
  return fmt::format("vedette {}\ncompiler: {}\ntaken: {}\n", options.version, __VERSION__,
                     base::format_rfc3339(now.count()));
}

// A message may quote a value that was put under a wrong key.
std::string diagnostics_text(const base::Diagnostics& diagnostics) {
  std::string out = diagnostics.empty() ? "nothing is wrong with it\n" : "";
  for (base::Diagnostic diagnostic : diagnostics) {
    if (diagnostic.code == "config-type" || diagnostic.code == "config-range") {
      diagnostic.message = "a wrong value (not shown here)";
      diagnostic.help.clear();
    }
    out += diagnostic.to_string() + "\n";
  }
  return out;
}

std::string store_text(const std::string& folder) {
  DataOptions options;
  options.folder = folder;
  const auto data = DataReader::open(options);
  std::string out;
  base::JsonWriter json(out);
  if (!data) {
    json.begin_object().field("error", data.error().message).end_object();
    return out + "\n";
  }
  const store::StoreUse use = (*data)->store().use();
  json.begin_object().key("unsealed_rows").number(use.unsealed_rows);
  json.key("sealed_to").number(use.sealed_to).key("next_sequence").number(use.next_sequence);
  json.key("datasets").begin_array();
  for (const store::DatasetUse& dataset : use.datasets) {
    json.begin_object().field("dataset", dataset.dataset).field("day", dataset.day);
    json.key("parts").number(dataset.parts).key("rows").number(dataset.rows);
    json.key("bytes").number(dataset.bytes).key("raw_bytes").number(dataset.raw_bytes).end_object();
  }
  json.end_array().key("quarantined").begin_array();
  for (const std::string& part : use.quarantined) json.string(part);
  json.end_array().key("conflicts").begin_array();
  for (const ports::FieldUse& field : use.conflicts) json.string(field.name);
  json.end_array().end_object();
  return out + "\n";
}

std::string files_text(const std::string& folder) {
  constexpr int kMaxFiles = 5000;
  std::string out;
  std::error_code error;
  fs::recursive_directory_iterator at(folder, fs::directory_options::skip_permission_denied, error);
  if (error) return fmt::format("{}: {}\n", folder, error.message());
  int count = 0;
  for (const fs::recursive_directory_iterator end; at != end && !error; at.increment(error)) {
    std::error_code ignored;
    if (!at->is_regular_file(ignored)) continue;
    if (++count > kMaxFiles) return out + "... and more\n";
    const std::uintmax_t size = at->file_size(ignored);
    out += fmt::format("{:>14} {}\n", ignored ? 0 : size,
                       base::escape_control(at->path().lexically_relative(folder).string()));
  }
  return out;
}

std::string server_text(const BundleOptions& options, std::string_view path) {
  if (!options.ask_server) return "not asked\n";
  const auto body = options.ask_server(path);
  return body ? *body : "no answer: " + body.error().message + "\n";
}

// Whole lines from the end of the file.
std::string log_text(const std::string& path, std::size_t max_bytes) {
  if (path.empty()) return "log.file is not set\n";
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  if (!file) return path + ": cannot be read\n";
  const auto size = static_cast<std::size_t>(std::max<std::streamoff>(file.tellg(), 0));
  const std::size_t from = size > max_bytes ? size - max_bytes : 0;
  file.seekg(static_cast<std::streamoff>(from));
  std::string text(size - from, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(std::max<std::streamsize>(file.gcount(), 0)));
  if (from > 0) text.erase(0, text.find('\n') + 1);
  return text;
}

}  // namespace

std::vector<BundleFile> collect_support_files(const ServeConfig& config, const BundleOptions& options) {
  const base::ConfigSection& root = config.loaded.root;
  std::vector<BundleFile> files = {
      {"README.txt", std::string(kBundleReadme)},
      {"version.txt", version_text(options)},
      {"system.txt", system_text(options)},
      {"config.yaml", base::print_config(config.schema, root)},
      {"config.txt", diagnostics_text(config.loaded.diagnostics)},
      {"store.json", store_text(options.data_folder)},
      {"files.txt", files_text(options.data_folder)},
      {"metrics.txt", server_text(options, "/metrics")},
      {"ready.txt", server_text(options, "/readyz")},
      {"log.txt", log_text(root.section("log").text("file"), options.max_log_bytes)},
  };
  for (BundleFile& file : files) {
    if (file.name != "README.txt") file.text = redact_secrets(config, file.text);
  }
  return files;
}

}  // namespace vedette::node
