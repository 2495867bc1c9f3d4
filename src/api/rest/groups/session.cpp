// Set-up, sign-in and one's own account.
#include <boost/json/object.hpp>

#include "rest/access_json.hpp"
#include "rest/groups.hpp"
#include "vedette/api/oidc.hpp"

namespace vedette::api {
namespace {

// The cookie of the session; an empty token takes it away.
std::string session_cookie(const RestParts& parts, std::string_view token) {
  const bool secure = parts.options.secure_cookies;
  std::string cookie = secure ? "__Host-vedette=" : "vedette_session=";
  cookie += token;
  cookie += "; Path=/; ";
  if (secure) cookie += "Secure; ";
  cookie += "HttpOnly; SameSite=Strict";
  if (token.empty()) cookie += "; Max-Age=0";
  return cookie;
}

Json scope_of(const Principal& who) {
  return json_of(who.scope);
}

boost::json::object account_json(const RestParts& parts, const Principal& who) {
  boost::json::object out;
  const auto user = parts.access->user(who, who.user_id);
  out["user"] = user.ok() ? Json(json_of(*user)) : Json();
  out["kind"] = who.kind == Principal::Kind::key ? "key" : "user";
  out["roles"] = json_of(who.roles);
  out["permissions"] = json_of(who.permissions.names());
  out["scope"] = scope_of(who);
  // Without permissions although there are roles: a new password or a second factor comes first.
  const bool must_change = user.ok() && user->must_change_password;
  const bool waits =
      who.kind == Principal::Kind::user && !who.roles.empty() && who.permissions.names().empty();
  out["must_change_password"] = must_change;
  out["must_enrol_totp"] = waits && !must_change && user.ok() && !user->has_totp;
  return out;
}

Reply signed_in_reply(const RestParts& parts, const SignedIn& in, bool with_token, int status = 200) {
  Reply reply;
  reply.status = status;
  boost::json::object body = account_json(parts, in.principal);
  body["csrf_token"] = in.csrf_token;
  body["expires"] = time_json(in.expires);
  if (with_token) body["token"] = in.token;
  reply.body = std::move(body);
  // Who asks for the token itself is no browser.
  if (!with_token) reply.headers.emplace_back("Set-Cookie", session_cookie(parts, in.token));
  return reply;
}

// A session that came as a bearer token goes on as one.
Reply rotated_reply(const RestParts& parts, const Principal& who, const SignedIn& in) {
  return signed_in_reply(parts, in, !who.by_cookie);
}

Reply get_session(const RestParts& parts, Call& call) {
  const Principal& who = call.principal();
  boost::json::object body = account_json(parts, who);
  Json expires;
  if (!who.session_id.empty()) {
    REPLY_ASSIGN(const std::vector<Session> sessions, parts.access->sessions(who, who.user_id));
    for (const Session& session : sessions) {
      if (session.id == who.session_id) expires = time_json(session.expires);
    }
    body["csrf_token"] = who.csrf_token;
  }
  body["expires"] = std::move(expires);
  body["confirmed"] = parts.access->confirmed_lately(who);
  Reply reply;
  reply.body = std::move(body);
  return reply;
}

Reply set_up_node(const RestParts& parts, Call& call) {
  NewUser administrator;
  administrator.name = text_in(call.body(), "name");
  administrator.display_name = text_in(call.body(), "display_name");
  administrator.email = text_in(call.body(), "email");
  administrator.password = text_in(call.body(), "password");
  REPLY_ASSIGN(const SignedIn in,
               parts.access->set_up(text_in(call.body(), "token"), administrator, call.origin()));
  return signed_in_reply(parts, in, false, 201);
}

Reply sign_in_user(const RestParts& parts, Call& call) {
  Access::Credentials credentials;
  credentials.tenant = text_in(call.body(), "tenant");
  credentials.name = text_in(call.body(), "name");
  credentials.password = text_in(call.body(), "password");
  credentials.code = text_in(call.body(), "code");
  REPLY_ASSIGN(const SignedIn in, parts.access->sign_in(credentials, call.origin()));
  return signed_in_reply(parts, in, flag_in(call.body(), "token"));
}

Reply sign_out_user(const RestParts& parts, Call& call) {
  REPLY_ASSIGN(const Done done, parts.access->sign_out(call.principal(), call.origin()));
  static_cast<void>(done);
  Reply reply = no_content();
  reply.headers.emplace_back("Set-Cookie", session_cookie(parts, {}));
  return reply;
}

Reply begin_totp_reply(const RestParts& parts, Call& call) {
  REPLY_ASSIGN(const Access::TotpEnrolment enrolment, parts.access->begin_totp(call.principal()));
  Reply reply;
  reply.body = boost::json::object{{"secret", enrolment.secret_base32}, {"uri", enrolment.uri}};
  return reply;
}

Reply finish_totp_reply(const RestParts& parts, Call& call) {
  REPLY_ASSIGN(const std::vector<std::string> codes,
               parts.access->finish_totp(call.principal(), text_in(call.body(), "code"), call.origin()));
  Reply reply;
  reply.body = boost::json::object{{"recovery_codes", json_of(codes)}};
  return reply;
}

// The state of a sign-in at a provider: the browser that comes back must be the one that went there.
std::string_view oidc_cookie_name(const RestParts& parts) {
  return parts.options.secure_cookies ? "__Host-vedette-oidc" : "vedette_oidc";
}

// Lax: the browser comes back from another site.
std::string oidc_cookie(const RestParts& parts, std::string_view state) {
  std::string cookie(oidc_cookie_name(parts));
  cookie += "=" + std::string(state) + "; Path=/; ";
  if (parts.options.secure_cookies) cookie += "Secure; ";
  return cookie + "HttpOnly; SameSite=Lax; Max-Age=" + (state.empty() ? "0" : "600");
}

Reply see_other(std::string_view location) {
  Reply reply;
  reply.status = 303;
  reply.headers.emplace_back("Location", location);
  return reply;
}

Reply start_oidc(const RestParts& parts, Call& call) {
  if (parts.oidc == nullptr) return not_found("sign-in provider");
  const auto start = parts.oidc->begin(call.cancellation());
  if (!start.ok())
    return problem(503, "provider", "The sign-in provider cannot be reached: try again later.");
  Reply reply = see_other(start->url);
  reply.headers.emplace_back("Set-Cookie", oidc_cookie(parts, start->state));
  return reply;
}

Reply finish_oidc(const RestParts& parts, Call& call) {
  if (parts.oidc == nullptr) return not_found("sign-in provider");
  const std::string_view state = call.query("state").value_or(std::string_view());
  if (state.empty() || call.cookie(oidc_cookie_name(parts)) != state) {
    return problem(401, "credentials", "This browser has not begun this sign-in: begin again.");
  }
  if (call.query("error")) return problem(401, "credentials", "The provider refused the sign-in.");
  const auto identity =
      parts.oidc->finish(state, call.query("code").value_or(std::string_view()),
                         call.query("iss").value_or(std::string_view()), call.cancellation());
  if (!identity.ok() && identity.error().code == base::ErrorCode::invalid_argument) {
    return problem(401, "credentials", identity.error().message);
  }
  if (!identity.ok())
    return problem(503, "provider", "The sign-in provider cannot be reached: try again later.");
  const OidcOptions& options = parts.oidc->options();
  NewUser user;
  user.name = !identity->preferred_name.empty() ? identity->preferred_name
              : !identity->email.empty()        ? identity->email
                                                : identity->subject;
  user.display_name = identity->name;
  user.email = identity->email_verified ? identity->email : std::string();
  user.tenant = options.tenant;
  user.roles = options.roles;
  REPLY_ASSIGN(const SignedIn in, parts.access->sign_in_subject(options.issuer, identity->subject, user,
                                                                options.create, call.origin()));
  Reply reply = see_other("/");
  reply.headers.emplace_back("Set-Cookie", session_cookie(parts, in.token));
  reply.headers.emplace_back("Set-Cookie", oidc_cookie(parts, {}));
  return reply;
}

}  // namespace

void add_session_handlers(HandlerTable& handlers, const RestParts& parts) {
  handlers["getSetUp"] = [&parts](Call&) {
    Reply reply;
    reply.body = boost::json::object{{"needed", parts.access->needs_set_up()}};
    return reply;
  };
  handlers["setUp"] = [&parts](Call& call) { return set_up_node(parts, call); };
  handlers["signIn"] = [&parts](Call& call) { return sign_in_user(parts, call); };
  handlers["signOut"] = [&parts](Call& call) { return sign_out_user(parts, call); };
  handlers["getSession"] = [&parts](Call& call) { return get_session(parts, call); };
  handlers["confirmSession"] = [&parts](Call& call) -> Reply {
    REPLY_ASSIGN(const SignedIn in, parts.access->confirm(call.principal(), text_in(call.body(), "password"),
                                                          text_in(call.body(), "code"), call.origin()));
    return rotated_reply(parts, call.principal(), in);
  };
  handlers["changePassword"] = [&parts](Call& call) -> Reply {
    REPLY_ASSIGN(const SignedIn in,
                 parts.access->change_password(call.principal(), text_in(call.body(), "old_password"),
                                               text_in(call.body(), "new_password"), call.origin()));
    return rotated_reply(parts, call.principal(), in);
  };
  handlers["startOidc"] = [&parts](Call& call) { return start_oidc(parts, call); };
  handlers["finishOidc"] = [&parts](Call& call) { return finish_oidc(parts, call); };
  handlers["beginTotp"] = [&parts](Call& call) { return begin_totp_reply(parts, call); };
  handlers["finishTotp"] = [&parts](Call& call) { return finish_totp_reply(parts, call); };
  handlers["removeTotp"] = [&parts](Call& call) -> Reply {
    const Principal& who = call.principal();
    REPLY_ASSIGN(const Done done, parts.access->remove_totp(who, who.user_id, call.origin()));
    static_cast<void>(done);
    return no_content();
  };
  handlers["setPassword"] = [&parts](Call& call) -> Reply {
    REPLY_ASSIGN(const Done done,
                 parts.access->set_password(text_in(call.body(), "token"), text_in(call.body(), "password"),
                                            call.origin()));
    static_cast<void>(done);
    return no_content();
  };
}

}  // namespace vedette::api
