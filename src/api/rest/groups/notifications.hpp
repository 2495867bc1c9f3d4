// What the handlers of notifications share.
#pragma once

#include "rest/call.hpp"
#include "vedette/cases/notifier.hpp"

namespace vedette::api::notify_group {

using AnswerNotify = Reply (*)(Call&, const RestParts&);
// Adds a handler; it answers 404 without a notifier, and 403 to whoever does not see the whole tenant: what
// is told to a channel is told of all its incidents.
void add_notify_handler(HandlerTable& handlers, const RestParts& parts, const char* operation,
                        AnswerNotify answer);
void add_notify_rule_handlers(HandlerTable& handlers, const RestParts& parts);

// Of the tenant of the caller; nullopt: there is none.
base::Result<std::optional<cases::Channel>> channel_of(const Call& call, const RestParts& parts,
                                                       std::string_view id);
ports::ColumnTest tenant_column(const Call& call);
bool sees_whole_tenant(const Call& call);
// "url: must begin ..." as a problem at /url.
Reply checked_problem(const base::Error& error);

}  // namespace vedette::api::notify_group
