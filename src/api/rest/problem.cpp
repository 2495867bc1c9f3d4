#include "rest/problem.hpp"

#include <fmt/format.h>

#include "vedette/base/text.hpp"
#include "vedette/base/time.hpp"

namespace vedette::api {
namespace {

Reply hidden_fault(int status, std::string_view slug, std::string_view detail, std::string_view what) {
  Reply reply = problem(status, slug, detail);
  reply.headers.emplace_back(kLogHeader, what);
  return reply;
}

}  // namespace

Reply problem(int status, std::string_view slug, std::string_view detail, std::vector<FieldProblem> errors) {
  Reply reply;
  reply.status = status;
  reply.content_type = "application/problem+json";
  boost::json::object body;
  body["type"] = fmt::format("urn:vedette:problem:{}", slug);
  body["title"] = net::status_text(status);
  body["status"] = status;
  body["detail"] = base::to_valid_utf8(detail);
  if (!errors.empty()) {
    boost::json::array list;
    for (const FieldProblem& error : errors) {
      boost::json::object one;
      one["pointer"] = base::to_valid_utf8(error.pointer);
      one["message"] = base::to_valid_utf8(error.message);
      if (error.column > 0) one["column"] = error.column;
      list.push_back(std::move(one));
    }
    body["errors"] = std::move(list);
  }
  reply.body = std::move(body);
  return reply;
}

Reply problem_of(const base::Error& error) {
  switch (error.code) {
    case base::ErrorCode::invalid_argument:
      return problem(422, "invalid", error.message);
    case base::ErrorCode::not_found:
      return problem(404, "not-found", error.message);
    case base::ErrorCode::limit:
      return problem(422, "limit", error.message);
    case base::ErrorCode::unsupported:
      return problem(422, "unsupported", error.message);
    case base::ErrorCode::busy:
      if (error.message.starts_with("conflict")) {
        return problem(409, kConflictSlug,
                       "It was changed by someone else meanwhile: read it again, then repeat the change.");
      }
      return problem(409, "busy", error.message);
    case base::ErrorCode::cancelled:
      return problem(503, "cancelled",
                     "The work was ended before it was done: the client left, or the node stops.");
    case base::ErrorCode::no_space:
      return hidden_fault(503, "no-space", "The node has no room left to write: free some, then try again.",
                          error.message);
    case base::ErrorCode::io:
    case base::ErrorCode::corrupt:
      break;
  }
  return hidden_fault(500, "internal", kInternalDetail, error.message);
}

Reply problem_of(const Refusal& refusal) {
  using Kind = Refusal::Kind;
  switch (refusal.kind) {
    case Kind::credentials:
      return problem(401, "credentials", refusal.message);
    case Kind::second_factor:
      return problem(401, "second-factor", refusal.message);
    case Kind::too_often: {
      Reply reply = problem(429, "too-often", refusal.message);
      reply.headers.emplace_back("Retry-After", std::to_string(std::max(1, refusal.retry_after)));
      return reply;
    }
    case Kind::forbidden:
      return problem(403, "forbidden", refusal.message);
    case Kind::step_up:
      return problem(403, "step-up", refusal.message);
    case Kind::invalid: {
      std::vector<FieldProblem> errors;
      if (!refusal.field.empty()) errors.push_back({refusal.field, refusal.message, 0});
      return problem(422, "invalid", refusal.message, std::move(errors));
    }
    case Kind::conflict:
      return problem(409, "conflict", refusal.message);
    case Kind::not_found:
      return problem(404, "not-found", refusal.message);
    case Kind::failed:
      break;
  }
  return hidden_fault(500, "internal", kInternalDetail, refusal.message);
}

Reply not_found(std::string_view what) {
  return problem(404, "not-found", fmt::format("There is no such {}, or it is not to be seen by you.", what));
}

Json page_json(boost::json::array items, std::string_view next) {
  boost::json::object page;
  page["items"] = std::move(items);
  page["next"] = next.empty() ? Json() : Json(boost::json::string(next));
  return page;
}

Json time_json(base::TimeNs time) {
  if (time == 0) return nullptr;
  return Json(boost::json::string(base::format_rfc3339(time)));
}

}  // namespace vedette::api
