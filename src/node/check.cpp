#include "vedette/node/check.hpp"

#include <mutex>

#include "data_parts.hpp"
#include "vedette/base/file_system.hpp"

namespace vedette::node {
namespace {

// What the log and the store report while they are opened.
class Reports {
 public:
  DataOptions collecting(DataOptions options) {
    options.report = [this](const std::string& sentence) {
      std::lock_guard lock(mutex_);
      sentences_.push_back(sentence);
    };
    return options;
  }
  std::vector<std::string> take() {
    std::lock_guard lock(mutex_);
    return std::exchange(sentences_, {});
  }

 private:
  std::mutex mutex_;
  std::vector<std::string> sentences_;
};

void append(std::vector<std::string>& to, std::vector<std::string> more) {
  to.insert(to.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

void count_parts(const store::Store& store, CheckResult& result) {
  for (const store::DatasetUse& dataset : store.use().datasets) {
    result.parts += dataset.parts;
    result.events += dataset.rows;
  }
}

}  // namespace

base::Result<CheckResult> check_data(const DataOptions& options,
                                     const base::CancellationToken& cancellation) {
  base::FileSystem& files = base::posix_file_system();
  if (!files.exists(options.folder + "/store")) return no_data_folder(options.folder);
  CheckResult result;
  Reports of_log, of_store;
  // What the log says when it is opened, its own check says again.
  TRY_ASSIGN(const auto log, bus::Log::open(files, log_options(of_log.collecting(options), true)));
  TRY_ASSIGN(const auto store, store::Store::open(files, store_options(of_store.collecting(options), true)));
  append(result.faults, of_store.take());
  TRY_ASSIGN(auto damaged, store->verify(false, cancellation));
  append(result.faults, std::move(damaged));
  append(result.faults, log->verify());
  count_parts(*store, result);
  return result;
}

base::Result<CheckResult> repair_data(const DataOptions& options,
                                      const base::CancellationToken& cancellation) {
  CheckResult result;
  Reports reports;
  TRY_ASSIGN(const auto data, DataFolder::open(reports.collecting(options)));
  TRY_ASSIGN(auto damaged, data->store().verify(true, cancellation));
  append(result.faults, reports.take());
  append(result.faults, data->log_faults());
  count_parts(data->store(), result);
  TRY(data->stop());
  return result;
}

}  // namespace vedette::node
