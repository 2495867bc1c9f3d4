#include <algorithm>
#include <cerrno>
#include <memory>
#include <set>
#include <system_error>
#include <utility>

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "vedette/ingest/inputs.hpp"

namespace vedette::ingest {
namespace {

struct CloseFolder {
  void operator()(DIR* folder) const { ::closedir(folder); }
};

base::Error os_error(int error) {
  const bool absent = error == ENOENT || error == ENOTDIR;
  return base::make_error(absent ? base::ErrorCode::not_found : base::ErrorCode::io,
                          "cannot open: " + std::generic_category().message(error));
}

class Planner {
 public:
  Planner(const InputLimits& limits, std::vector<InputProblem>& problems)
      : limits_(limits), problems_(problems) {}

  void add_argument(const std::string& path);
  std::vector<PlannedInput> take() { return std::move(planned_); }

 private:
  struct Folder {
    std::string path;
    int depth;
  };
  struct Found {
    PlannedInput input;
    std::pair<dev_t, ino_t> identity;
    bool is_link = false;
  };

  void list(const Folder& folder);
  void consider(const std::string& path, int depth);
  void add_file(const std::string& path, const struct stat& info, bool is_link);
  void flush();
  void add_problem(const std::string& path, base::Error error) {
    problems_.push_back({path, std::move(error)});
  }

  const InputLimits& limits_;
  std::vector<InputProblem>& problems_;
  std::vector<PlannedInput> planned_;
  std::set<std::pair<dev_t, ino_t>> taken_;
  bool standard_input_ = false;

  // Of the argument at hand.
  std::vector<Folder> folders_;
  std::vector<Found> found_;
};

void Planner::add_argument(const std::string& path) {
  if (path == "-") {
    if (!std::exchange(standard_input_, true)) planned_.push_back({path, 0, 0});
    return;
  }
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) return add_problem(path, os_error(errno));
  if (S_ISDIR(info.st_mode)) {
    folders_.push_back({path, 0});
  } else {
    add_file(path, info, false);
  }
  while (!folders_.empty()) {
    const Folder folder = std::move(folders_.back());
    folders_.pop_back();
    list(folder);
  }
  flush();
}

void Planner::list(const Folder& folder) {
  const std::unique_ptr<DIR, CloseFolder> open(::opendir(folder.path.c_str()));
  if (open == nullptr) return add_problem(folder.path, os_error(errno));
  for (;;) {
    errno = 0;
    const dirent* entry = ::readdir(open.get());
    if (entry == nullptr) break;
    const std::string_view name = entry->d_name;
    if (name == "." || name == "..") continue;
    std::string path = folder.path;
    if (!path.ends_with('/')) path += '/';
    consider(path.append(name), folder.depth + 1);
  }
  if (errno != 0) add_problem(folder.path, os_error(errno));
}

void Planner::consider(const std::string& path, int depth) {
  struct stat info {};
  if (::lstat(path.c_str(), &info) != 0) return add_problem(path, os_error(errno));
  const bool is_link = S_ISLNK(info.st_mode);
  if (is_link && ::stat(path.c_str(), &info) != 0) return add_problem(path, os_error(errno));
  if (!S_ISDIR(info.st_mode)) return add_file(path, info, is_link);
  if (is_link) return;
  if (depth > limits_.max_path_depth) {
    return add_problem(
        path, base::make_error(base::ErrorCode::limit,
                               "folders nested deeper than " + std::to_string(limits_.max_path_depth)));
  }
  folders_.push_back({path, depth});
}

void Planner::add_file(const std::string& path, const struct stat& info, bool is_link) {
  if (!S_ISREG(info.st_mode)) {
    return add_problem(path, base::make_error(base::ErrorCode::invalid_argument,
                                              "not a regular file (a pipe, socket or device)"));
  }
  if (::faccessat(AT_FDCWD, path.c_str(), R_OK, AT_EACCESS) != 0) return add_problem(path, os_error(errno));
  const auto bytes = static_cast<std::uint64_t>(std::max<off_t>(info.st_size, 0));
  found_.push_back({{path, bytes, info.st_mtime}, {info.st_dev, info.st_ino}, is_link});
}

// A file that has several names is planned by the first that is not a symbolic link.
void Planner::flush() {
  std::sort(found_.begin(), found_.end(), [](const Found& a, const Found& b) {
    return std::pair(a.is_link, std::string_view(a.input.path)) <
           std::pair(b.is_link, std::string_view(b.input.path));
  });
  const auto first = static_cast<std::ptrdiff_t>(planned_.size());
  for (Found& found : found_) {
    if (taken_.insert(found.identity).second) planned_.push_back(std::move(found.input));
  }
  std::sort(planned_.begin() + first, planned_.end(),
            [](const PlannedInput& a, const PlannedInput& b) { return a.path < b.path; });
  found_.clear();
}

}  // namespace

std::vector<PlannedInput> plan_inputs(const std::vector<std::string>& paths, const InputLimits& limits,
                                      std::vector<InputProblem>& problems) {
  Planner planner(limits, problems);
  for (const std::string& path : paths) planner.add_argument(path);
  return planner.take();
}

}  // namespace vedette::ingest
