#include <algorithm>
#include <atomic>
#include <thread>
#include <unordered_map>

#include "sigma/file_loader.hpp"
#include "sigma/linker.hpp"
#include "vedette/base/hash.hpp"
#include "vedette/detect/rule_set.hpp"

namespace vedette::detect {

namespace {

// For each file the index of the first with the same text (its own if it is new).
std::vector<std::size_t> find_originals(const std::vector<RuleFile>& files) {
  std::vector<std::size_t> originals(files.size());
  std::unordered_map<std::uint64_t, std::size_t> by_hash;
  by_hash.reserve(files.size());
  for (std::size_t i = 0; i < files.size(); ++i) {
    const auto [found, added] = by_hash.emplace(base::hash64(files[i].text), i);
    originals[i] = !added && files[found->second].text == files[i].text ? found->second : i;
  }
  return originals;
}

}  // namespace

RuleSet load_rules(const std::vector<RuleFile>& files, const LoadOptions& options, int threads) {
  const std::vector<std::size_t> originals = find_originals(files);
  std::vector<sigma::ParsedFile> parsed(files.size());
  std::atomic<std::size_t> next{0};
  const auto work = [&] {
    for (std::size_t i = next.fetch_add(1); i < files.size(); i = next.fetch_add(1)) {
      if (originals[i] == i) {
        parsed[i] = sigma::load_file(files[i], options);
        continue;
      }
      parsed[i].diagnostics.push_back(
          {base::Severity::warning,
           files[i].name,
           {1, 1},
           "duplicate-file",
           "the file is the same as " + files[originals[i]].name + " and was skipped",
           "load each file once"});
    }
  };
  const std::size_t helpers = std::min(files.size(), static_cast<std::size_t>(std::max(threads, 1)));
  std::vector<std::thread> pool;
  for (std::size_t i = 1; i < helpers; ++i) pool.emplace_back(work);
  work();
  for (std::thread& thread : pool) thread.join();

  std::vector<std::string_view> names;
  names.reserve(files.size());
  for (const RuleFile& file : files) names.push_back(file.name);
  return sigma::link(std::move(parsed), names);
}

}  // namespace vedette::detect
