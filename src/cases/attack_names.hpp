// Tactics of MITRE ATT&CK in the order of an attack.
#pragma once

#include <array>
#include <string>
#include <string_view>

namespace vedette::cases {

struct TacticName {
  std::string_view tag, id, title;
};
// Version 19, and Defense Evasion of the versions before.
inline constexpr std::array<TacticName, 16> kTacticNames = {
    {{"reconnaissance", "TA0043", "Reconnaissance"},
     {"resource-development", "TA0042", "Resource Development"},
     {"initial-access", "TA0001", "Initial Access"},
     {"execution", "TA0002", "Execution"},
     {"persistence", "TA0003", "Persistence"},
     {"privilege-escalation", "TA0004", "Privilege Escalation"},
     {"stealth", "TA0005", "Stealth"},
     {"defense-impairment", "TA0112", "Defense Impairment"},
     {"defense-evasion", "TA0005", "Defense Evasion"},
     {"credential-access", "TA0006", "Credential Access"},
     {"discovery", "TA0007", "Discovery"},
     {"lateral-movement", "TA0008", "Lateral Movement"},
     {"collection", "TA0009", "Collection"},
     {"command-and-control", "TA0011", "Command and Control"},
     {"exfiltration", "TA0010", "Exfiltration"},
     {"impact", "TA0040", "Impact"}}};

// The place in kTacticNames, or its size. Old rules write credential_access.
std::size_t tactic_place(std::string_view tag);
// "T1059" or "T1059.001".
bool is_technique(std::string_view id);
// The page of a technique: "https://attack.mitre.org/techniques/T1059/001/".
std::string technique_url(std::string_view id);

}  // namespace vedette::cases
