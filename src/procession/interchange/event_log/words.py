"""How others call their columns: eight dialects, and words of five languages."""

from __future__ import annotations

import re
import unicodedata
from typing import Literal

Role = Literal[
    "case",
    "step",
    "end",
    "start",
    "ready",
    "resource",
    "department",
    "group",
    "workflow",
    "lifecycle",
    "instance",
    "outcome",
    "reason",
]
ROLES: tuple[Role, ...] = (
    "case", "step", "end", "start", "ready", "resource", "department", "group", "workflow", "lifecycle", "instance",
    "outcome", "reason",
)  # fmt: skip
MEANING: dict[Role, str] = {
    "case": "the case (which run it belongs to)",
    "step": "the step (what was done)",
    "end": "the time (when it was done)",
    "start": "when it was begun",
    "ready": "when it could have been begun",
    "resource": "who did it",
    "department": "the department",
    "group": "the group or role",
    "workflow": "the workflow",
    "lifecycle": "whether the row is a beginning or an end",
    "instance": "which rows belong together",
    "outcome": "what was decided",
    "reason": "why something was refused",
}

DIALECTS: dict[str, dict[Role, str]] = {
    # Each column in the form that `plain` gives; alternatives are split by |.
    "Procession": {
        "case": "case", "step": "step", "end": "end", "start": "start", "ready": "ready", "resource": "resource",
        "department": "department", "group": "group", "workflow": "workflow", "instance": "instance",
        "outcome": "outcome", "reason": "reason",
    },
    "PM4Py": {
        "case": "case concept name", "step": "concept name", "end": "time timestamp|time complete",
        "start": "start timestamp|time start", "ready": "time enabled|enabled timestamp|assignedtime",
        "resource": "org resource", "department": "org department|case department", "group": "org group|org role",
        "workflow": "case workflow|workflow", "lifecycle": "lifecycle transition",
        "instance": "concept instance|lifecycle instance",
    },
    "Disco": {
        "case": "case id", "step": "activity", "end": "complete timestamp", "start": "start timestamp",
        "resource": "resource", "group": "role",
    },
    "Celonis": {
        "case": "case key|mandt case key|casekey", "step": "activity en|activity de|activity",
        "end": "endtime|end time|eventtime|event time|eventtimestamp|timestamp", "start": "starttime|start time",
        "resource": "user name|user|username", "department": "department|org unit", "group": "user type|role",
    },
    "bupaR": {
        "case": "case id|patient|case", "step": "activity id|activity|handling", "end": "timestamp|time|complete",
        "start": "start", "resource": "resource id|employee|resource",
        "lifecycle": "lifecycle id|registration type|lifecycle|status",
        "instance": "activity instance id|handling id|instance id",
    },
    "Prosimos": {
        "case": "case id|caseid", "step": "activity", "end": "end time|endtimestamp|end timestamp",
        "start": "start time|starttimestamp|start timestamp",
        "ready": "enable time|enabled time|enabletimestamp|enable timestamp|enabled timestamp",
        "resource": "resource", "group": "role",
    },
    "SAP": {
        "case": "ebeln|vbeln|belnr|aufnr|qmnum|banfn|objectid|case key", "step": "activity|tcode|vorgang|txt04|udf activity",
        "end": "udate+utime|erdat+erzet|cpudt+cputm|aedat+aezet|timestamp|eventtime", "resource": "username|usnam|ernam|aenam",
        "department": "ekgrp|kostl|abteilung", "workflow": "tabname|bsart|auart",
    },
    "Camunda": {
        "case": "proc inst id|processinstanceid|root proc inst id", "step": "act name|activityname|act id|activityid|name",
        "end": "end time|endtime", "start": "start time|starttime", "resource": "assignee",
        "workflow": "proc def key|processdefinitionkey", "instance": "act inst id|activityinstanceid",
    },
}  # fmt: skip

WORDS: dict[Role, str] = {
    # English, German, French, Spanish, Italian; the first that is there is taken.
    "case": (
        "case id|case|caseid|case number|case no|case key|trace id|trace|process instance|process instance id|instance id"
        "|ticket id|ticket|order id|order number"
        "|fall id|fall|fallnummer|vorgangsnummer|vorgangs id|aktenzeichen|auftragsnummer|prozessinstanz"
        "|id dossier|dossier|numero de dossier|no dossier|n de dossier|n dossier|cas|id cas|numero de cas"
        "|id caso|caso|caso id|expediente|numero de expediente|numero de caso|id expediente"
        "|id pratica|pratica|numero pratica|numero caso"
    ),
    "step": (
        "activity|activity name|activity id|step|step name|task|task name|event|event name|action|status|state|phase"
        "|aktivitat|tatigkeit|schritt|arbeitsschritt|vorgang|ereignis|prozessschritt"
        "|activite|etape|tache|evenement|action effectuee"
        "|actividad|paso|tarea|evento|etapa|estado"
        "|attivita|fase|passo|operazione|stato"
    ),
    "end": (
        "end time|end timestamp|end|complete timestamp|complete time|completed at|complete|finished at|end date|finish time"
        "|timestamp|event time|time|date time|datetime|date"
        "|ende|endzeit|endzeitpunkt|beendet am|abgeschlossen am|zeitstempel|zeitpunkt|datum uhrzeit|datum"
        "|fin|date de fin|heure de fin|date fin|termine le|horodatage|date heure"
        "|fecha de fin|fecha fin|hora de fin|finalizado|marca de tiempo|fecha y hora|fecha"
        "|fine|data fine|ora fine|data di fine|terminato il|data e ora|data ora|marca temporale|data"
    ),
    "start": (
        "start time|start timestamp|start|started at|begin|begin time|start date"
        "|beginn|startzeit|startzeitpunkt|begonnen am|anfang"
        "|debut|date de debut|heure de debut|date debut|commence le"
        "|inicio|fecha de inicio|fecha inicio|hora de inicio|comenzado"
        "|inizio|data inizio|ora inizio|data di inizio|iniziato il"
    ),
    "ready": (
        "ready|enabled time|enable time|enabled at|ready at|enabled timestamp|bereit|bereit seit|pret|listo|pronto"
    ),
    "resource": (
        "resource|resource id|resource name|user|user name|username|employee|employee id|employee name|person|agent"
        "|assignee|assigned to|owner|performer|operator|worker|responsible|responsible person"
        "|bearbeiter|mitarbeiter|benutzer|ressource|sachbearbeiter|person"
        "|ressource|utilisateur|employe|responsable|agent|intervenant"
        "|recurso|usuario|empleado|responsable|operador"
        "|risorsa|utente|addetto|operatore|responsabile|impiegato"
    ),
    "department": (
        "department|dept|department name|division|org unit|abteilung|bereich|organisationseinheit|fachbereich"
        "|service|departement|direction|departamento|area|unidad|reparto|ufficio|dipartimento"
    ),
    "group": "group|role|team|user group|gruppe|rolle|groupe|equipe|grupo|rol|equipo|gruppo|ruolo|squadra",
    "workflow": (
        "workflow|workflow name|process|process name|process type|process id|prozess|prozessname|processus|proceso"
        "|processo|flusso"
    ),
    "lifecycle": "lifecycle|lifecycle transition|transition|event type|lifecycle id|registration type",
    "instance": "activity instance|activity instance id|instance|activity instance number",
    "outcome": (
        "outcome|decision|approval result|review result|verdict"
        "|entscheidung|entscheid|decision prise|decision finale|resultado|esito|decisione"
    ),
    "reason": (
        "reason|rejection reason|reject reason|reason code|refusal reason|grund|ablehnungsgrund|begrundung"
        "|motif|motif de refus|motivo|motivo de rechazo|motivo di rifiuto"
    ),
}

HINTS: dict[Role, str] = {
    # Parts of a name that speak for a meaning where no whole name is known: `bill_status`, `phase_changed_at`.
    "case": r"(^| )(id|no|nr|number|nummer|key|numero|num|dossier|expediente|pratica|fall|case)$",
    "step": r"(^| )(status|state|phase|stage|step|activity|task|event|etat|estado|stato)( name)?$",
    "end": r"(^| )(at|time|timestamp|date|datum|zeit|fecha|data|heure|hora|ora)$",
    "resource": (
        r"(^| )(employee|person|user|agent|assigned|assignee|processor|developer|operator|worker|owner|handler"
        r"|bearbeiter|mitarbeiter|usuario|utente|utilisateur)( |$)"
    ),
}

BEGIN_WORDS = frozenset(
    "start started begin began beginn begonnen debut commence inicio iniciado inizio iniziato".split()
)
END_WORDS = frozenset(
    "complete completed end ended finish finished done ende beendet fin termine fini finalizado fine finito closed".split()
)
READY_WORDS = frozenset("schedule scheduled enable enabled ready bereit".split())
PASSING_WORDS = frozenset("assign assigned reassign reassigned suspend suspended resume resumed claim claimed".split())
ABORT_WORDS = frozenset(
    "withdraw withdrawn ate_abort pi_abort abort aborted autoskip manualskip skip skipped cancel cancelled canceled".split()
)


def plain(name: str) -> str:
    """A column's name as small letters without accents, its words split by one space: `Case ID` and `case_id` are one."""
    decomposed = unicodedata.normalize("NFKD", name.strip().replace("ß", "ss"))
    letters = "".join(one for one in decomposed if not unicodedata.combining(one))
    return re.sub(r"[^a-z0-9]+", " ", letters.casefold()).strip()
