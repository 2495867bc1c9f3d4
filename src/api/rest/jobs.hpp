// Long work: started by a request, done by threads of its own, looked at later.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rest/call.hpp"
#include "rest/worker_pool.hpp"
#include "vedette/base/logger.hpp"
#include "vedette/ports/record_store.hpp"

namespace vedette::api {

std::vector<ports::CollectionSchema> job_collections();

// A job as it is kept; times are 0 where there is none yet.
struct JobRecord {
  std::string id, kind, state;  // queued, running, succeeded, failed, cancelled
  std::string owner_id, owner_name, tenant;
  base::TimeNs created = 0, started = 0, finished = 0;
  double progress = 0;
  std::string sentence;  // of the progress, or why it failed
  bool done() const { return state != "queued" && state != "running"; }
};
Json job_json(const JobRecord& job);

inline constexpr std::size_t kMaxJobsOfOne = 20;  // that wait or run, of one principal
inline constexpr std::size_t kMaxJobsWaiting = 200;
inline constexpr std::size_t kMaxJobResultBytes = (16u << 20) - 1024;
inline constexpr base::TimeNs kKeepJobs = 7LL * 86'400 * base::kNsPerSecond;

// Thread safe.
class Jobs {
 public:
  // Jobs that an earlier process left unfinished become failed ones.
  static base::Result<std::shared_ptr<Jobs>> open(ports::RecordStore& records,
                                                  std::function<base::TimeNs()> now, base::Logger* log,
                                                  int at_once);
  ~Jobs() { stop(); }

  Reply start(Call& call, std::string_view kind, JobWork work);
  base::Result<std::optional<JobRecord>> find(std::string_view id) const;
  struct Listed {
    std::vector<JobRecord> jobs;
    std::string next;
  };
  base::Result<Listed> list(ports::RecordQuery query) const;
  // The result of a job that succeeded, as JSON text.
  base::Result<std::optional<std::string>> result(std::string_view id) const;
  void cancel(std::string_view id);
  // Cancels all, and waits for them.
  void stop();

 private:
  struct Running {
    std::mutex mutex;  // guards record
    JobRecord record;
    JobWork work;
    base::CancellationToken cancellation;
    std::atomic<bool> by_user{false};
  };
  using RunningPtr = std::shared_ptr<Running>;

  Jobs(ports::RecordStore& records, std::function<base::TimeNs()> now, base::Logger* log, int at_once);
  base::Status fail_left_over();
  std::optional<Reply> reserve(const RunningPtr& job);
  void forget(const std::string& id);
  void run(const RunningPtr& job);
  void finish(const RunningPtr& job, const Reply& reply);
  void overlay(JobRecord& record) const;
  void save(const JobRecord& record, std::optional<std::string> result);
  void clean();

  ports::RecordStore& records_;
  const std::function<base::TimeNs()> now_;
  base::Logger* const log_;
  mutable std::mutex mutex_;  // guards running_ and stopped_
  std::map<std::string, RunningPtr, std::less<>> running_;
  bool stopped_ = false;
  WorkerPool pool_;
};

}  // namespace vedette::api
