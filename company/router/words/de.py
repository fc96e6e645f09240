"""German."""

STOP = """der die das den dem des ein eine einen einem einer eines und oder in im an am auf fur mit von vom zu
zum zur bei ist sind war waren sein bin bist ich du er sie es wir ihr mich dich sich uns euch mir dir
ihm ihnen mein meine meinen meinem meiner dein deine unser unsere unseren was wer wie wo wann warum
welche welcher welches nicht kein keine auch noch nur schon aber wenn als dass ob aus nach uber unter
vor hat habe haben wird werden kann konnen soll sollte muss bitte so da man fuer ueber gibt es"""

CUES = {
    "thanks": (
        "danke, danke schon, danke sehr, vielen dank, besten dank, dankeschon, herzlichen dank, gut gemacht, "
        "gute arbeit, tausend dank"
    ),
    "greet": (
        "hallo, guten morgen, guten tag, guten abend, servus, moin, gruss gott, gruezi, hi, hey, wie geht s, "
        "wie geht es dir, wie geht es ihnen, na, moinsen, guten morgen zusammen, frohes neues, "
        "frohe weihnachten, tach, hallochen, lange nicht gehort, abend, nabend, mahlzeit, grusse"
    ),
    "bye": (
        "tschuss, tschuess, auf wiedersehen, bis bald, bis morgen, bis spater, gute nacht, schonen abend, "
        "schonen tag, ciao, mach s gut, schones wochenende, schonen feierabend"
    ),
    "ack": (
        "ok, okay, alles klar, klar, super, perfekt, toll, prima, gut, sehr gut, verstanden, passt, in ordnung, "
        "ja, nein, genau, geht klar, einverstanden, klasse, spitze, kein problem, schon gut, egal, stimmt, "
        "wunderbar, haha, cool, top, passt so, passt schon, jo, jep, joa, nee, no, gerne, freut mich, fein, "
        "mega, geil, top danke, das war s, das war alles, erledigt, sauber, cool danke, jawohl, geht so, ach so, "
        "aha, macht nichts, das reicht, reicht schon, genau das, das hilft, nichts weiter, weiter so, mach weiter"
    ),
    "help": (
        "hilfe, hilf mir, ich brauche hilfe, brauche hilfe, wie funktioniert das, wie benutze ich dich, "
        "welche befehle gibt es, anleitung, kannst du mir helfen"
    ),
    "about": (
        "wer bist du, was bist du, wie heisst du, was kannst du, was kannst du alles, was konnen sie, "
        "wer sind sie, bist du ein bot, bist du ein mensch, stell dich vor, bist du da, was machst du"
    ),
    "fill": (
        "dir, ihnen, euch, alle, alles, zusammen, sehr, viel, viele, fur, die, das, der, den, hilfe, antwort, "
        "nochmal, und, dann, team, nexus, mal, so, es, ist, war, auch, bitte, eigentlich, ganz, schnelle, super, "
        "mir, an, leute, wirklich, denn, dich, ich, ein, du, liebes, mein, freund, jo, danke, s, erstmal, heute, "
        "gerne, wochenende, dein, deine, arbeit, hat, geklappt, geholfen, lieb, von, na, ja, doch, noch, tag, "
        "schonen, ach, reicht, schon, genau, brauchte, brauche, wollte, was, nichts, weiter, mehr, perfekt, "
        "genug, hilft, weitergeholfen"
    ),
    "state": (
        "budget, ausgegeben, ausgaben, kosten, auftrage, auftrag, auftrags, mitarbeiter, angestellte, "
        "angestellten, personal, token, tokens, limit, obergrenze, status, stand, warteschlange, organigramm, "
        "audit, wer arbeitet hier, arbeitet hier, aufgaben, anbieter, modelle, verbraucht, laufende, gekostet, "
        "ausgabe, auftrage offen, offene auftrage, im budget, in arbeit, auftrage warten"
    ),
    "state_fill": (
        "wie, viel, viele, hoch, haben, hat, habe, wir, ich, ihr, du, heute, gestern, diese, diesen, dieser, "
        "woche, monat, jahr, letzte, letzten, bisher, ist, sind, der, die, das, den, dem, des, mein, meine, "
        "meiner, meinen, unser, unsere, unserer, was, wer, welche, zeig, zeige, zeig mir, mir, gib, pro, je, "
        "fur, in, im, am, noch, ubrig, ubriges, restliche, rest, bleibt, gesamt, insgesamt, und, alle, offen, "
        "offene, offenen, geld, firma, arbeitet, hier, aktuell, aktuelle, gerade, jetzt, von, bitte, uns, nexus, "
        "gibt, es, mitarbeiter, person, tag, modell, liste, bericht, ubersicht, wo, stehen, an, system, bei, zu, "
        "zum, hast, mich, dich, kostet, kosten, gab, wurde, wurden, laufen, lauft, geht, sieht, aus, mit, 7, "
        "tage, tagen, tage n, letzter, vergangene, bis, euch, davon, weg, ausgegeben, alles, schon, einzelne, "
        "einzelnen, warten, wartet, wartend, in arbeit, fertig, geplant, fehlgeschlagen, seit, montag, teuerste, "
        "teuer, welcher, woran, arbeiten, team, das team, hat das"
    ),
    "documents": (
        "meinen unterlagen, meine unterlagen, unseren unterlagen, meinen dokumenten, meine dokumente, "
        "unsere dokumente, unseren dokumenten, meinen dateien, meine dateien, meinen notizen, meine notizen, "
        "laut handbuch, laut protokoll, laut vertrag, im vertrag, im handbuch, im protokoll, in der datei, "
        "im dokument, in meinem mietvertrag, in meinem vertrag, in meinem arbeitsvertrag, wissensdatenbank, "
        "in den unterlagen, in den dokumenten, laut unserer, laut meinem, laut meiner, unsere richtlinie, "
        "bibliothek"
    ),
    "documents?": (
        "laut, gemass, handbuch, vertrag, vertrage, mietvertrag, arbeitsvertrag, protokoll, richtlinie, "
        "reiserichtlinie, was sagt unsere, was sagt mein, was steht, steht in, welche seite, klausel*, paragraf, "
        "rechnung, bedienungsanleitung, satzung, betriebsvereinbarung, police, kundigungsfrist, agb, "
        "liefervertrage, unterlagen, dokument*, anlage, richtlinien, papieren, papiere, in den papieren, "
        "hochgeladen, geschickt habe, kaufvertrag, geh den, geh die, lies den, lies die, lies das, garantie, "
        "versicherungsschein, urkunde, kontoauszug, beleg, quittung, gehaltsabrechnung, ordner, broschure, "
        "datenblatt, leitfaden, hausordnung, merkblatt, bescheid, zeugnis, laut unseren, angebot von, "
        "buchungsbestatigung, bestatigung, regelt, was regelt, steht in der, steht im, steht auf, geregelt, "
        "dienstanweisung, anhang, bericht vom, nachweis, formular, ausweis"
    ),
    "code": (
        "python, javascript, java, typescript, sql, html, css, regex, regularer ausdruck, bash, docker, "
        "kubernetes, git, react, django, node, php, kafka, java methode, unit test, unit tests, refactor*, "
        "debug*, kompilier*, quellcode, datenbankabfrage, stacktrace, microservice*, go dienst, excel formel, "
        "linux befehl, programmier*, dict, string, algorithmus, useeffect, while schleife, for schleife, "
        "exit code, safari, chrome, vue, angular, laravel, spring, ssh, nginx, terraform, pull request, "
        "merge konflikt, dataframe, yaml, xml, cors, jwt, pandas, wordpress, ansible, pytest, async, "
        "stored procedure, laufzeit, aufgerufen, makro, vba, in go, in rust, in java, hashmap, scraper, "
        "bash skript, python skript, branch, eintrage aus einer liste, ratenbegrenzung"
    ),
    "code?": (
        "code, skript, script, funktion, methode, klasse, bug, fehler, fehlermeldung, exception, algorithmus, "
        "bibliothek, datenbank, abfrage, server, deploy*, api, variable, liste, schleife, befehl, app, programm, "
        "implementier*, bricht, consumer, container, json, software, produktion, linux, function, csv, "
        "anwendung, tests, terminiert, aufruf, thread, cache, log, port, paket, abhangigkeit, browser, absturz, "
        "sturzt ab, syntax, while, plugin, endlosschleife, kompiliert, o n, webseite, gibt zuruck, installieren, "
        "schlussel, spalte, migration, string, zeichenkette, ganzzahl, commit, doppelte, map, eintrage"
    ),
    "writing": (
        "schreib mir, schreib ein, schreib eine, schreib einen, schreibe ein, schreibe eine, schreibe einen, "
        "verfass*, entwirf eine mail, entwurf, anschreiben, bewerbung, pressemitteilung, gedicht, rede, aufsatz, "
        "kurzgeschichte, gluckwunsch*, einladung, blogbeitrag, produktbeschreibung, projektantrag, newsletter, "
        "slogan, werbetext, geschichte schreiben, trauerrede, gluckwunsche, liedtext, linkedin post, spruche, "
        "spruch, geburtstagskarte, gluckwunschkarte, beileid*, dankesbrief, danksagung, kundigungsschreiben, "
        "beschwerdebrief, stellenanzeige, anzeige, abwesenheitsnotiz, betreffzeile, hochzeitsrede, trinkspruch, "
        "grussworte, ein paar zeilen, text fur, nachricht an, name fur mein, uberschrift, werbespruch, "
        "brauche einen text, rezension, arbeitszeugnis, formulier eine, formuliere eine"
    ),
    "writing?": (
        "schreib, schreibe, schreiben, mail, e mail, email, brief, text, beitrag, artikel, nachricht, "
        "geschichte, ton, worter, absatz, bericht, post, formulier*, seiten, karte, spruch"
    ),
    "edit": (
        "korrigier*, rechtschreibung, grammatik, formuliere diese, umformulier*, formulier um, hoflicher, "
        "fasse den, fasse zusammen, fasse, zusammenfass*, zusammen, kurze den, kurzer, uberarbeite*, schreib um, "
        "freundlicher, verbesser* diesen text, lektorier*, in eigenen worten, kurz zusammen, "
        "ist das richtig geschrieben, klingt das, mach es kurzer, einfacher, in einfacher sprache, "
        "wichtigsten punkte, gegenlesen, glatte, formeller, professioneller, knapper, formlicher, lockerer, "
        "sachlicher, mach den text, mach diesen text, stimmt die rechtschreibung"
    ),
    "small_edit": (
        "rechtschreibung, grammatik, tippfehler, korrigier*, komma, kommas, zeichensetzung, "
        "stimmt die rechtschreibung, gross oder klein, kommafehler"
    ),
    "analysis": (
        "vergleich*, vor und nachteile, vorteile, analysier*, analyse, bewert*, beurteil*, strategie, fahrplan, "
        "swot, abwag*, lohnt sich, lohnt es sich, machbarkeit*, trainingsplan, lernplan, reiseplan, projektplan, "
        "marktforschung, recherchier*, einschatz*, prognose*, szenario, szenarien, gegenuberstell*, untersuch*, "
        "geschaftsplan, businessplan, entscheidungshilfe, wirtschaftlichkeit*, plane, planst, geschaftsmodell, "
        "standort, soll ich, sollen wir, sollte ich, sollten wir, oder doch, was sind die risiken, was spricht, "
        "welche risiken, entscheidung, was ist besser, besser fur, welches ist, wettbewerber, amortisier*, "
        "essensplan, wochenplan, budgetplan, reise nach, tage in, geschaftsfeld, konzept, entwickle ein konzept, "
        "erarbeite*, spricht fur, fur und gegen, besser geeignet, argumente fur, erstelle einen plan, "
        "wirtschaftlichkeit, geeignet"
    ),
    "analysis?": (
        "plan, sollen wir, sollten wir, soll ich, sollte ich, optionen, risiken, empfehlung, empfiehl, "
        "alternativen, zeitplan, markt, wettbewerb*, ursachen, nachteile, besser, uberleg*, kosten, auswirkung*, "
        "gegenuber, variante*, oder, kunde, umsatz, verkaufen, schliessen, marge, wachstum, rabatt, wahlen, "
        "gunstiger, urlaub, investieren, route, anschaffen, anfanger, massnahmen, argumente, konzept, "
        "ist analyse, oder ein"
    ),
    "calculation": (
        "berechn*, rechne, prozent von, wie viele tage, wieviele tage, tage zwischen, quadratwurzel, wurzel aus, "
        "zinseszins, rate, umrechnen, rechne um, durchschnitt von, summe von, geteilt durch, mal genommen, "
        "fahrenheit, wie viele wochen, wie viele stunden, addier*, ausrechnen, monatsrate, teilen sich, "
        "was zahlt jeder, pro person, pro kopf, wie viel ist, wie viel sind, trinkgeld, stundenlohn, brutto, "
        "netto, rabatt von, flache von, volumen von, welches datum, wie viel kostet, ergibt"
    ),
    "calculation?": (
        "prozent, zinsen, zins, mehrwertsteuer, mwst, gesamt, summe, tage, meilen, km, zoll, pfund, kilo, kg, "
        "liter, durchschnitt, minus, plus, kredit, raten, euro, zentimeter, meter, jahre, grad, insgesamt, "
        "was sind, wie viel sind, wie viel ist, leute, personen, jeder, nachte, stunden, preis, rabatt, "
        "stundensatz, gehalt, steuer, pro stunde, minuten, sekunden, kilometer, celsius, gramm, tassen, hektar, "
        "halfte, doppelte, drittel, wie viele minuten, wie viele stunden"
    ),
    "translation": (
        "ubersetz*, ubersetzung, wie sagt man, was heisst auf, uebersetz*, wie heisst auf, heisst auf, was bedeutet auf"
    ),
    "extraction": (
        "extrahier*, liste alle, alle namen aus, als json, in json, ins json, als tabelle, eine tabelle, "
        "in eine tabelle, als csv, in csv, wandle das, such alle, finde alle, herausschreiben, schreib alle, "
        "aus diesem text, aus dem text, auflisten, tabellarisch, heraus, zieh alle, raus, sortiere, sortier, "
        "nur die, hol die, hol alle, filter*, schreib die, gib mir die namen, gib mir alle, ordne, trage in, "
        "such die, nenne alle, notiere die"
    ),
    "extraction?": (
        "json, tabelle, csv, namen, betrage, telefonnummern, adressen, text raus, raus, spalten, felder, datum, "
        "betrag, daraus, e mail adressen, liste, telefonnummer, folgenden, unten, fristen, spalte, adresse, "
        "vornamen, e mails, datumsangaben"
    ),
    "opinion": (
        "was haltst du, was denkst du, deine meinung, was meinst du, empfiehl*, empfehlen, vorschlag*, "
        "vorschlage, hast du ideen, hast du eine idee, wurdest du, rat, findest du"
    ),
    "quick": (
        "hauptstadt, wer hat, wer war, wer ist, wann ist, wann war, was bedeutet, bedeutung, wie alt, "
        "wie hoch ist, wie heisst, wie viele einwohner, was heisst, definition, synonym*, in welchem jahr, "
        "wo liegt, wie spat, wann wurde, wie weit, wie gross, welcher tag, kurze frage, ist ein, "
        "wer hat gewonnen, wer singt, grosste, hochste, langste, wahrung, gegenteil von, chemisches symbol, "
        "welches land, welcher planet, stimmt es, wie lange dauert, wie schreibt man, wie spricht man"
    ),
    "deep": (
        "erklar*, warum, wieso, weshalb, wie funktioniert, beschreib*, erzahl*, tipps, ideen, was haltst du, "
        "unterschied zwischen, wie bekomme ich, wie kann ich, was hilft, was tun, empfiehl*, empfehlen, "
        "woran liegt, suche in, wie macht man, vorschlag*, wie werde ich, was konnte das sein, was mache ich, "
        "was soll ich tun, was tun wir, ist das normal, ist das schlimm, wie gehe ich, woran kann, wie lernt, "
        "hast du tipps, was kann ich tun, wie werde, kann ich noch, wie lange sollte, woher kommt, "
        "wie bringe ich, loswerden, am besten, wie lagert, wie bereitet, wie kocht, wie pflegt, wie reinigt, "
        "wie lerne, wie mache, wie schaffe, wie geht, bester weg, wie vermeide"
    ),
    "hard": (
        "entwirf eine architektur, architektur, strategie, migrat*, migrier*, refactor*, optimier*, beweis*, "
        "ausfuhrlich*, detaillier*, umfassend*, verteilt*, ausfallsicher*, idempoten*, unter last, ohne ausfall, "
        "projektantrag, forderprogramm, uber funf jahre, uber drei jahre, gewichtet*, empfindlichkeit*, "
        "begrundet*, verlager*, machbarkeit*, arbeitspakete, geschaftsplan, businessplan, mandanten*, "
        "ursache im, vollstandig*, widerspruch*, entwickle ein, skalier*, nebenlaufig*, grundlich*, finanzplan, "
        "widerlege, gegenbeispiel, umstrukturier*, bewertung des unternehmens, ausschreibung, dissertation, "
        "literaturubersicht, notfallplan, investoren, finanzierungsrunde, sharding, konsens*, funfjahres*, "
        "sanierung*, due diligence, kapazitatsplanung, o n log n, terminiert und, betriebsubergang, gutachten, "
        "drei jahre, konzept, ist analyse, massnahmen, fordermittel, erarbeite*, entwickle, phasenweise, "
        "stufenweise, machbarkeit, steuerung, konsistenz, rollout, abwagung, kennzahlen, digitalisierung*, "
        "transformation, normen, stufenplan"
    ),
    "stakes": (
        "rechtlich*, rechte, anwalt, gericht, gerichtsstand, klage, verklag*, kundig*, gekundigt, abfindung, "
        "haftung, scheidung, sorgerecht, aufenthaltstitel, raumungsklage, arbeitsrecht, diagnos*, medikament*, "
        "dosis, dosierung, operation, operiert, symptom*, schwanger*, krebs, blutverdunner, vorhofflimmern, "
        "blutdruck, schmerzen, arzt, arzte, arzten, finanzamt, steuerprufung, steuerhinterziehung, erbe, "
        "erbschaft, insolvenz, bevor ich unterschreibe, altersvorsorge, notaufnahme, hypothek"
    ),
    "irreversible": (
        "losch*, uberweis*, an alle senden, kundige den, veroffentlich*, in produktion, unterschreib*, bezahl*, "
        "endgultig*, zerstor*"
    ),
    "steps": (
        "zuerst, dann, danach, anschliessend, schliesslich, zum schluss, schritt fur schritt, und liste, "
        "und gib, und erklare, und schreibe, und schlage, sowie, der reihe nach, inklusive, einschliesslich, "
        "und fasse, und empfiehl, und was"
    ),
    "constraint": (
        "muss, mussen, hochstens, maximal, mindestens, ohne, genau, nur, vermeide, nicht mehr als, im ton, ton, "
        "ausser, keinesfalls, etwa"
    ),
    "prefer": (
        "nenn mich, ich heisse, mein name ist, ich bevorzuge, ich mag, ich hasse, immer, niemals, nie, merk dir, "
        "denk daran, ab jetzt, allergi*, ich wohne, ich arbeite, mein geburtstag, verwende nie, wichtig"
    ),
    "decide": (
        "wir haben entschieden, entschieden, entscheidung, vereinbart, abgemacht, wir nehmen, ich nehme, "
        "wir wahlen, beschlossen, frist, stichtag, genehmigt, bestatigt, festgelegt, fallig, deadline, passwort, "
        "code, unterschrieben, termin"
    ),
    "answer_in": "antworte auf, antworten sie auf, antworte mir auf, schreib auf, sprich, antworte in",
    "hasty": "kurze frage, dumme frage, blode frage, schnelle frage, nur kurz, frage mich gerade",
    "grave": (
        "enterb*, testament, pflichtteil, erbe, erbschaft, gekundigt, darf kundigen, elternzeit kundigen, "
        "raumung*, raumungsklage, sorgerecht, scheid*, scheidung*, klage, verklag*, anzeige wegen, insolvenz*, "
        "pleite, schulden, pfand*, betriebsprufung, steuerhinterzieh*, krebs, schlaganfall, herzinfarkt, "
        "brustschmerz*, tumor, demenz, pflegefall, betreuung, suizid*, selbstmord*, abschieb*, asyl, entlass*, "
        "stellenabbau, werk schliessen, firma verkaufen, unternehmen verkaufen, fehlgeburt, mobbing, abmahn*, "
        "datenleck, ransomware, grosster kunde, des umsatzes, altersvorsorge, aufhebungsvertrag"
    ),
    "ours": "unsere, unser, mein, meine, meinem, meiner, unserer, unserem, unsere beiden",
}
