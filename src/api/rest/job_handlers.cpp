// The group `jobs`, and the description of the API itself.
#include <fmt/format.h>

#include "rest/groups.hpp"
#include "rest/jobs.hpp"
#include "rest/json_text.hpp"

namespace vedette::api {
namespace {

bool oversees(const Principal& who, const JobRecord& job) {
  if (!who.permissions.has(Permission::system_read)) return false;
  return who.scope.tenant == job.tenant || who.permissions.has(Permission::tenants_write);
}

// The job of the path, if the caller may see it.
Reply with_job(const RestParts& parts, Call& call, const std::function<Reply(const JobRecord&)>& then) {
  REPLY_ASSIGN(const auto found, parts.jobs->find(call.path("id")));
  const Principal& who = call.principal();
  if (!found || (found->owner_id != who.user_id && !oversees(who, *found))) return not_found("job");
  return then(*found);
}

Reply list_jobs(const RestParts& parts, Call& call) {
  const Principal& who = call.principal();
  ports::RecordQuery query;
  using Op = ports::ColumnTest::Op;
  if (!call.flag("all")) {
    query.tests.push_back({"owner", Op::equals, {who.user_id}});
  } else if (!who.permissions.has(Permission::system_read)) {
    return problem(403, "forbidden", "The jobs of others need the permission system.read.");
  } else if (!who.permissions.has(Permission::tenants_write)) {
    query.tests.push_back({"tenant", Op::equals, {who.scope.tenant}});
  }
  for (const std::string_view column : {"state", "kind"}) {
    if (const auto value = call.query(column)) {
      query.tests.push_back({std::string(column), Op::equals, {std::string(*value)}});
    }
  }
  query.after = std::string(call.query("after").value_or(""));
  query.limit = static_cast<std::uint32_t>(call.integer("limit", 100));
  REPLY_ASSIGN(const auto listed, parts.jobs->list(std::move(query)));
  boost::json::array items;
  for (const JobRecord& job : listed.jobs) items.push_back(job_json(job));
  Reply reply;
  reply.body = page_json(std::move(items), listed.next);
  return reply;
}

// Results hold what their owner may see, which others may not.
Reply show_job(const RestParts& parts, Call& call) {
  return with_job(parts, call, [&parts, &call](const JobRecord& job) {
    Reply reply;
    Json body = job_json(job);
    if (job.state == "succeeded" && job.owner_id == call.principal().user_id) {
      REPLY_ASSIGN(const auto result, parts.jobs->result(job.id));
      if (result) {
        REPLY_ASSIGN(body.get_object()["result"], read_json(*result, {64, 4'000'000, 1'000'000}));
      }
    }
    reply.body = std::move(body);
    return reply;
  });
}

Reply cancel_job(const RestParts& parts, Call& call) {
  return with_job(parts, call, [&parts](const JobRecord& job) {
    if (job.done())
      return problem(409, "done",
                     fmt::format("The job has ended already: it {}.",
                                 job.state == "cancelled" ? "was cancelled" : job.state));
    parts.jobs->cancel(job.id);
    Reply reply;
    reply.status = 202;
    reply.body = job_json(job);
    return reply;
  });
}

Reply remove_job(const RestParts& parts, Call& call) {
  return with_job(parts, call, [&call](const JobRecord& job) {
    if (!job.done()) return problem(409, "not-done", "The job has not ended: cancel it first.");
    ports::RecordWrite writes[2];
    writes[0].collection = "jobs";
    writes[1].collection = "job_results";
    for (ports::RecordWrite& write : writes) {
      write.kind = ports::RecordWrite::Kind::remove;
      write.id = job.id;
    }
    REPLY_ASSIGN(const auto versions, call.apply(writes));
    Reply reply;
    reply.status = 204;
    return reply;
  });
}

}  // namespace

void add_job_handlers(HandlerTable& handlers, const RestParts& parts) {
  handlers["listJobs"] = [&parts](Call& call) { return list_jobs(parts, call); };
  handlers["getJob"] = [&parts](Call& call) { return show_job(parts, call); };
  handlers["cancelJob"] = [&parts](Call& call) { return cancel_job(parts, call); };
  handlers["deleteJob"] = [&parts](Call& call) { return remove_job(parts, call); };
}

}  // namespace vedette::api
