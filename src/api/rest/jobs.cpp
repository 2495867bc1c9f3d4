#include "rest/jobs.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "rest/digest.hpp"
#include "rest/json_text.hpp"
#include "rest/problem.hpp"
#include "vedette/base/text.hpp"

namespace vedette::api {
namespace {

constexpr std::string_view kJobsCollection = "jobs";
constexpr std::string_view kResultsCollection = "job_results";
constexpr std::string_view kStoppedSentence = "The node was stopped.";
constexpr std::size_t kMaxSentenceBytes = 1024;
constexpr std::uint32_t kJobsAtOnce = 1000;

std::string cut_sentence(std::string_view sentence) {
  return base::to_valid_utf8(sentence.substr(0, kMaxSentenceBytes));
}

std::string member_text(const boost::json::object& object, std::string_view name) {
  const Json* value = object.if_contains(name);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

std::int64_t member_integer(const boost::json::object& object, std::string_view name) {
  const Json* value = object.if_contains(name);
  return value != nullptr && value->is_int64() ? value->get_int64() : 0;
}

std::string job_document(const JobRecord& job) {
  boost::json::object out;
  out["kind"] = job.kind;
  out["state"] = job.state;
  out["owner_id"] = job.owner_id;
  out["owner_name"] = job.owner_name;
  out["tenant"] = job.tenant;
  out["created"] = job.created;
  out["started"] = job.started;
  out["finished"] = job.finished;
  out["progress"] = job.progress;
  out["sentence"] = job.sentence;
  return write_json(out);
}

base::Result<JobRecord> job_of_record(const ports::StoredRecord& record) {
  TRY_ASSIGN(const Json document, read_json(record.document));
  const auto* object = document.if_object();
  if (object == nullptr) return base::make_error(base::ErrorCode::corrupt, "a job is no object");
  JobRecord job;
  job.id = record.id;
  job.kind = member_text(*object, "kind");
  job.state = member_text(*object, "state");
  job.owner_id = member_text(*object, "owner_id");
  job.owner_name = member_text(*object, "owner_name");
  job.tenant = member_text(*object, "tenant");
  job.created = member_integer(*object, "created");
  job.started = member_integer(*object, "started");
  job.finished = member_integer(*object, "finished");
  if (const Json* progress = object->if_contains("progress"); progress != nullptr && progress->is_number()) {
    job.progress = progress->to_number<double>();
  }
  job.sentence = member_text(*object, "sentence");
  return job;
}

ports::RecordWrite job_write(const JobRecord& job) {
  ports::RecordWrite write;
  write.collection = std::string(kJobsCollection);
  write.id = job.id;
  write.document = job_document(job);
  write.columns = {{"owner", job.owner_id}, {"tenant", job.tenant},   {"kind", job.kind},
                   {"state", job.state},    {"created", job.created}, {"finished", job.finished}};
  return write;
}

std::string problem_sentence(const Reply& reply) {
  const auto* body = reply.body.if_object();
  const std::string detail = body == nullptr ? std::string() : member_text(*body, "detail");
  return detail.empty() ? fmt::format("It failed with status {}.", reply.status) : detail;
}

}  // namespace

std::vector<ports::CollectionSchema> job_collections() {
  using ports::ColumnType;
  return {{std::string(kJobsCollection),
           {{"owner", ColumnType::text, true},
            {"tenant", ColumnType::text, true},
            {"kind", ColumnType::text, true},
            {"state", ColumnType::text, true},
            {"created", ColumnType::integer, true},
            {"finished", ColumnType::integer, true}}},
          {std::string(kResultsCollection), {}}};
}

Json job_json(const JobRecord& job) {
  boost::json::object out;
  out["id"] = job.id;
  out["kind"] = job.kind;
  out["state"] = job.state;
  out["owner"] = boost::json::object{{"id", job.owner_id}, {"name", job.owner_name}};
  out["created"] = time_json(job.created);
  out["started"] = time_json(job.started);
  out["finished"] = time_json(job.finished);
  out["progress"] = job.progress;
  out["message"] = job.sentence;
  return out;
}

Jobs::Jobs(ports::RecordStore& records, std::function<base::TimeNs()> now, base::Logger* log, int at_once)
    : records_(records), now_(std::move(now)), log_(log), pool_(at_once, kMaxJobsWaiting) {}

base::Result<std::shared_ptr<Jobs>> Jobs::open(ports::RecordStore& records, std::function<base::TimeNs()> now,
                                               base::Logger* log, int at_once) {
  std::shared_ptr<Jobs> jobs(new Jobs(records, std::move(now), log, at_once));
  TRY(jobs->fail_left_over());
  jobs->clean();
  return jobs;
}

base::Status Jobs::fail_left_over() {
  ports::RecordQuery query;
  query.collection = std::string(kJobsCollection);
  query.tests.push_back(
      {"state", ports::ColumnTest::Op::in, {std::string("queued"), std::string("running")}});
  query.limit = kJobsAtOnce;
  while (true) {
    TRY_ASSIGN(const ports::RecordPage page, records_.find(query));
    std::vector<ports::RecordWrite> writes;
    for (const ports::StoredRecord& record : page.records) {
      TRY_ASSIGN(JobRecord job, job_of_record(record));
      job.state = "failed";
      job.sentence = std::string(kStoppedSentence);
      job.finished = now_();
      writes.push_back(job_write(job));
    }
    if (writes.empty()) return base::ok_status();
    TRY(records_.apply(writes));
  }
}

std::optional<Reply> Jobs::reserve(const RunningPtr& job) {
  const std::lock_guard lock(mutex_);
  if (stopped_) return problem(503, "stopping", "The node stops: try again later.");
  const auto own = std::count_if(running_.begin(), running_.end(), [&job](const auto& entry) {
    return entry.second->record.owner_id == job->record.owner_id;
  });
  if (static_cast<std::size_t>(own) >= kMaxJobsOfOne || running_.size() >= kMaxJobsWaiting) {
    Reply reply = problem(429, "too-many-jobs",
                          "Too many jobs wait or run already: wait for some to end, or cancel them.");
    reply.headers.emplace_back("Retry-After", "10");
    return reply;
  }
  running_.emplace(job->record.id, job);
  return std::nullopt;
}

void Jobs::forget(const std::string& id) {
  const std::lock_guard lock(mutex_);
  running_.erase(id);
}

Reply Jobs::start(Call& call, std::string_view kind, JobWork work) {
  const Principal& who = call.principal();
  auto job = std::make_shared<Running>();
  job->work = std::move(work);
  job->record.id = random_hex(16);
  job->record.kind = std::string(kind);
  job->record.state = "queued";
  job->record.owner_id = who.user_id;
  job->record.owner_name = who.name;
  job->record.tenant = who.scope.tenant;
  job->record.created = now_();
  if (auto refusal = reserve(job)) return std::move(*refusal);
  const JobRecord record = job->record;
  call.target("jobs/" + record.id);
  call.note("job.kind", kind);
  const ports::RecordWrite write = job_write(record);
  const auto written = call.apply(std::span(&write, 1));
  if (!written.ok()) {
    forget(record.id);
    return problem_of(written.error());
  }
  if (!pool_.submit([this, job] { run(job); })) {
    forget(record.id);
    JobRecord refused = record;
    refused.state = "failed";
    refused.finished = now_();
    refused.sentence = std::string(kStoppedSentence);
    save(refused, std::nullopt);
    return problem(503, "stopping", "The node is too busy, or stops: try again later.");
  }
  clean();
  Reply reply;
  reply.status = 202;
  reply.body = job_json(record);
  reply.headers.emplace_back("Location", "/api/v1/jobs/" + record.id);
  return reply;
}

void Jobs::run(const RunningPtr& job) {
  if (job->cancellation.cancelled())
    return finish(job, problem(503, "cancelled", "It was cancelled before it began."));
  JobRecord begun;
  {
    const std::lock_guard lock(job->mutex);
    job->record.state = "running";
    job->record.started = now_();
    begun = job->record;
  }
  save(begun, std::nullopt);
  const JobProgress progress{[job](double share, std::string_view sentence) {
                               const std::lock_guard lock(job->mutex);
                               if (std::isfinite(share)) job->record.progress = std::clamp(share, 0.0, 1.0);
                               job->record.sentence = cut_sentence(sentence);
                             },
                             job->cancellation};
  Reply reply;
  try {
    reply = job->work(progress);
  } catch (const std::exception& fault) {
    reply = problem_of(base::make_error(base::ErrorCode::io, fmt::format("exception: {}", fault.what())));
  } catch (...) {
    reply = problem_of(base::make_error(base::ErrorCode::io, "unknown exception"));
  }
  job->work = nullptr;
  finish(job, reply);
}

void Jobs::finish(const RunningPtr& job, const Reply& reply) {
  JobRecord record;
  {
    const std::lock_guard lock(job->mutex);
    record = job->record;
  }
  std::optional<std::string> result;
  record.finished = now_();
  if (reply.status < 400) {
    result = reply.raw.empty() ? write_json(reply.body) : write_json(Json(boost::json::string(reply.raw)));
    record.state = "succeeded";
    record.progress = 1;
    if (result->size() > kMaxJobResultBytes) {
      result.reset();
      record.state = "failed";
      record.sentence = "The result is larger than 16 MB: ask for less.";
    }
  } else if (job->cancellation.cancelled()) {
    record.state = job->by_user ? "cancelled" : "failed";
    record.sentence = job->by_user ? "It was cancelled." : std::string(kStoppedSentence);
  } else {
    record.state = "failed";
    record.sentence = cut_sentence(problem_sentence(reply));
    for (const auto& [name, fault] : reply.headers) {
      if (name != kLogHeader || log_ == nullptr) continue;
      log_->error("a job failed",
                  {{"job.id", record.id}, {"job.kind", record.kind}, {"error.message", fault}});
    }
  }
  save(record, std::move(result));
  forget(record.id);
}

void Jobs::save(const JobRecord& record, std::optional<std::string> result) {
  std::vector<ports::RecordWrite> writes{job_write(record)};
  if (result) {
    ports::RecordWrite& write = writes.emplace_back();
    write.collection = std::string(kResultsCollection);
    write.id = record.id;
    write.document = std::move(*result);
  }
  auto written = records_.apply(writes);
  if (!written.ok() && result) {
    // The result may be what does not fit: at least the job must not run for ever.
    JobRecord failed = record;
    failed.state = "failed";
    failed.sentence = "The result could not be kept.";
    const ports::RecordWrite write = job_write(failed);
    written = records_.apply(std::span(&write, 1));
  }
  if (!written.ok() && log_ != nullptr) {
    log_->error("the state of a job could not be kept",
                {{"job.id", record.id}, {"error.message", written.error().message}});
  }
}

void Jobs::overlay(JobRecord& record) const {
  RunningPtr job;
  {
    const std::lock_guard lock(mutex_);
    const auto found = running_.find(record.id);
    if (found == running_.end()) return;
    job = found->second;
  }
  const std::lock_guard lock(job->mutex);
  if (!record.done()) record = job->record;
}

base::Result<std::optional<JobRecord>> Jobs::find(std::string_view id) const {
  TRY_ASSIGN(const auto stored, records_.get(kJobsCollection, id));
  if (!stored) return std::optional<JobRecord>();
  TRY_ASSIGN(JobRecord record, job_of_record(*stored));
  overlay(record);
  return std::optional<JobRecord>(std::move(record));
}

base::Result<Jobs::Listed> Jobs::list(ports::RecordQuery query) const {
  query.collection = std::string(kJobsCollection);
  query.order_by = "created";
  query.descending = true;
  TRY_ASSIGN(const ports::RecordPage page, records_.find(query));
  Listed listed;
  listed.next = page.next;
  for (const ports::StoredRecord& stored : page.records) {
    TRY_ASSIGN(JobRecord record, job_of_record(stored));
    overlay(record);
    listed.jobs.push_back(std::move(record));
  }
  return listed;
}

base::Result<std::optional<std::string>> Jobs::result(std::string_view id) const {
  TRY_ASSIGN(auto stored, records_.get(kResultsCollection, id));
  if (!stored) return std::optional<std::string>();
  return std::optional<std::string>(std::move(stored->document));
}

void Jobs::cancel(std::string_view id) {
  const std::lock_guard lock(mutex_);
  const auto found = running_.find(id);
  if (found == running_.end()) return;
  found->second->by_user = true;
  found->second->cancellation.cancel();
}

void Jobs::clean() {
  ports::RecordQuery query;
  query.collection = std::string(kJobsCollection);
  query.order_by = "finished";
  query.limit = kJobsAtOnce;
  query.tests = {{"finished", ports::ColumnTest::Op::greater, {std::int64_t{0}}},
                 {"finished", ports::ColumnTest::Op::less, {std::int64_t{now_() - kKeepJobs}}}};
  const auto old = records_.find(query);
  if (!old.ok() || old->records.empty()) return;
  std::vector<ports::RecordWrite> writes;
  for (const ports::StoredRecord& record : old->records) {
    for (const std::string_view collection : {kJobsCollection, kResultsCollection}) {
      ports::RecordWrite& write = writes.emplace_back();
      write.kind = ports::RecordWrite::Kind::remove;
      write.collection = std::string(collection);
      write.id = record.id;
    }
  }
  static_cast<void>(records_.apply(writes));
}

void Jobs::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
    for (const auto& [id, job] : running_) job->cancellation.cancel();
  }
  pool_.stop();
}

Reply start_job(const RestParts& parts, Call& call, std::string_view kind, JobWork work) {
  CHECK(parts.jobs != nullptr);
  return parts.jobs->start(call, kind, std::move(work));
}

}  // namespace vedette::api
