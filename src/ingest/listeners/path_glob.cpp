#include "listeners/path_glob.hpp"

#include <algorithm>
#include <map>
#include <string_view>

#include <dirent.h>
#include <fnmatch.h>
#include <sys/stat.h>

#include "vedette/base/text.hpp"

namespace vedette::ingest {
namespace {

bool has_wildcard(std::string_view name) {
  return name.find_first_of("*?[") != std::string_view::npos;
}

std::vector<std::string> glob_steps(const std::string& pattern) {
  std::vector<std::string> steps;
  for (const auto step : base::split(pattern, '/')) {
    if (!step.empty()) steps.emplace_back(step);
  }
  return steps;
}

class GlobWalk {
 public:
  GlobWalk(const std::vector<std::string>& exclude, const GlobLimits& limits, std::set<std::string>& folders)
      : exclude_(exclude), limits_(limits), folders_(folders) {}

  void walk(const std::string& pattern) {
    const auto steps = glob_steps(pattern);
    step(pattern.starts_with('/') ? "/" : "", steps, 0, 0);
  }
  std::map<std::string, FoundFile> take() { return std::move(found_); }

 private:
  static std::string join(const std::string& folder, const std::string& name) {
    return folder.empty() || folder.ends_with('/') ? folder + name : folder + "/" + name;
  }

  void step(const std::string& at, const std::vector<std::string>& steps, std::size_t index, int depth) {
    if (depth > limits_.max_depth || found_.size() >= limits_.max_files) return;
    if (index == steps.size()) return take_path(at, depth);
    const std::string& name = steps[index];
    const bool last = index + 1 == steps.size();
    if (name == "**") {
      if (last) return all_below(at, depth);
      step(at, steps, index + 1, depth + 1);
      for_each_entry(at, [&](const std::string& entry, bool is_folder) {
        if (is_folder) step(join(at, entry), steps, index, depth + 1);
      });
    } else if (!has_wildcard(name)) {
      if (last) folders_.insert(at.empty() ? "." : at);
      step(join(at, name), steps, index + 1, depth + 1);
    } else {
      folders_.insert(at.empty() ? "." : at);
      for_each_entry(at, [&](const std::string& entry, bool) {
        if (::fnmatch(name.c_str(), entry.c_str(), FNM_PERIOD) == 0)
          step(join(at, entry), steps, index + 1, depth + 1);
      });
    }
  }

  void take_path(const std::string& path, int depth) {
    struct stat info {};
    if (::stat(path.c_str(), &info) != 0) return;
    if (S_ISDIR(info.st_mode)) return all_below(path, depth);
    if (!S_ISREG(info.st_mode)) return;
    for (const auto& pattern : exclude_) {
      if (matches_glob(pattern, path)) return;
    }
    found_[path] = {path, info.st_dev, info.st_ino, static_cast<std::uint64_t>(info.st_size),
                    info.st_mtim.tv_sec};
  }

  void all_below(const std::string& folder, int depth) {
    if (depth > limits_.max_depth || found_.size() >= limits_.max_files) return;
    folders_.insert(folder.empty() ? "." : folder);
    for_each_entry(folder, [&](const std::string& entry, bool is_folder) {
      if (is_folder) {
        all_below(join(folder, entry), depth + 1);
      } else {
        struct stat info {};
        const std::string path = join(folder, entry);
        if (::stat(path.c_str(), &info) == 0 && S_ISREG(info.st_mode)) take_path(path, depth);
      }
    });
  }

  // Names that begin with a dot are left out.
  template <typename Each>
  void for_each_entry(const std::string& folder, Each each) {
    DIR* const dir = ::opendir(folder.empty() ? "." : folder.c_str());
    if (!dir) return;
    std::vector<std::pair<std::string, bool>> entries;
    while (const dirent* const entry = ::readdir(dir)) {
      if (entry->d_name[0] == '.') continue;
      if (++looked_at_ > limits_.max_entries) break;
      bool is_folder = entry->d_type == DT_DIR;
      if (entry->d_type == DT_UNKNOWN) {
        struct stat info {};
        is_folder = ::lstat(join(folder, entry->d_name).c_str(), &info) == 0 && S_ISDIR(info.st_mode);
      }
      entries.emplace_back(entry->d_name, is_folder);
    }
    ::closedir(dir);
    for (const auto& [name, is_folder] : entries) each(name, is_folder);
  }

  const std::vector<std::string>& exclude_;
  const GlobLimits& limits_;
  std::set<std::string>& folders_;
  std::map<std::string, FoundFile> found_;
  std::size_t looked_at_ = 0;
};

bool match_steps(const std::vector<std::string>& pattern, std::size_t p, const std::vector<std::string>& path,
                 std::size_t s) {
  // Rows of what the pattern's steps match, so that many "**" cannot take long.
  std::vector<bool> now(path.size() + 1, false);
  now[s] = true;
  for (; p < pattern.size(); ++p) {
    std::vector<bool> next(path.size() + 1, false);
    bool open = false;
    for (std::size_t i = 0; i <= path.size(); ++i) {
      if (pattern[p] == "**") {
        open = open || now[i];
        next[i] = open;
      } else if (now[i] && i < path.size() && ::fnmatch(pattern[p].c_str(), path[i].c_str(), 0) == 0) {
        next[i + 1] = true;
      }
    }
    now.swap(next);
  }
  return now[path.size()];
}

}  // namespace

bool matches_glob(const std::string& pattern, const std::string& path) {
  if (pattern.find('/') == std::string::npos) {
    return ::fnmatch(pattern.c_str(), path.substr(path.rfind('/') + 1).c_str(), 0) == 0;
  }
  return match_steps(glob_steps(pattern), 0, glob_steps(path), 0);
}

std::vector<FoundFile> find_files(const std::vector<std::string>& patterns,
                                  const std::vector<std::string>& exclude, const GlobLimits& limits,
                                  std::set<std::string>& folders) {
  GlobWalk walk(exclude, limits, folders);
  for (const auto& pattern : patterns) walk.walk(pattern);
  std::vector<FoundFile> files;
  std::set<std::pair<std::uint64_t, std::uint64_t>> seen;
  for (auto& [path, file] : walk.take()) {
    if (seen.emplace(file.device, file.inode).second) files.push_back(std::move(file));
  }
  return files;
}

}  // namespace vedette::ingest
