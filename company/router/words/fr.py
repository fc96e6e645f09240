"""French."""

STOP = """le la les un une des du de et ou en dans sur pour avec par au aux est sont etait suis es ce cette ces
cet il elle nous vous ils elles je tu me te se mon ma mes ton ta tes son sa ses notre nos votre vos
leur qui que quoi quel quelle quels quelles quand comment pourquoi pas ne plus y on si mais donc tout
tous toute etre avoir fait faire peux peut comme d l c j qu n s m t ai as a avons ont bien tres sans
entre apres avant aussi faut ca moi toi lui"""

CUES = {
    "thanks": (
        "merci, merci beaucoup, merci bien, mille mercis, bravo, bien joue, beau travail, bon travail, "
        "je te remercie, je vous remercie"
    ),
    "greet": (
        "bonjour, bonsoir, salut, coucou, hello, ca va, comment ca va, comment vas tu, comment allez vous, bjr, "
        "rebonjour, bonne annee, toi, re, joyeux noel, j espere que tu vas bien, j espere que ca va, yo, allo"
    ),
    "bye": (
        "au revoir, bonne soiree, bonne journee, bonne nuit, a bientot, a demain, a plus, a plus tard, ciao, "
        "bon week end, bonne fin de journee"
    ),
    "ack": (
        "ok, d accord, c est note, note, parfait, super, genial, tres bien, ca marche, entendu, compris, oui, "
        "non, cool, nickel, top, impeccable, excellent, pas de probleme, pas de souci, bien recu, laisse tomber, "
        "mdr, vas y, c est bon, c est parfait, c est tout, ca ira, pas grave, top merci, impec, carrement, "
        "exactement, ok merci, nan, ouais, vu, fort bien, bof, effectivement, ca me va, c est clair, ca suffit, "
        "c est bon comme ca, rien d autre, c est exactement ca, ca m aide, continue"
    ),
    "help": (
        "aide, aide moi, au secours, a l aide, besoin d aide, j ai besoin d aide, comment ca marche, "
        "comment t utiliser, quelles sont les commandes, mode d emploi"
    ),
    "about": (
        "qui es tu, qui etes vous, tu es qui, t es qui, c est quoi ton nom, comment tu t appelles, "
        "que sais tu faire, que peux tu faire, qu est ce que tu sais faire, qu est ce que tu peux faire, "
        "tu sais faire quoi, que savez vous faire, es tu un robot, presente toi, tu es la"
    ),
    "fill": (
        "beaucoup, infiniment, a, tous, toutes, tout, le, monde, toi, vous, pour, ton, votre, encore, bien, "
        "tres, et, l, equipe, nexus, de, la, c, est, ca, alors, mon, ami, stp, svp, s il te plait, "
        "s il vous plait, aide, reponse, bon, ah, oh, vraiment, maintenant, moi, je, te, de rien, infos, d, "
        "week, end, week end, weekend, coucou, journee, soiree, nickel, me, va, ira, aussi, utile, j, un, "
        "boulot, travail, les, autres, amis, comme, comme ca, parfait, exactement, ce, qu il, fallait, suffit, "
        "reste, rien, autre, besoin, plus, soir, nouveau"
    ),
    "state": (
        "budget, depense, depenses, depensees, depenser, couts, cout, frais, commandes, commande, ordres, "
        "employes, employe, salaries, personnel, jetons, tokens, plafond, statut, etat, organigramme, audit, "
        "qui travaille ici, travaille ici, taches, file d attente, fournisseurs, modeles, en cours, "
        "budget on en est ou, en est on, nous a coute, a coute, ca a coute, coute, en attente, ca tourne"
    ),
    "state_fill": (
        "combien, avons, nous, avez, vous, on, a, ai, je, est, sont, c, quel, quelle, quels, quelles, "
        "est ce que, montre, montre moi, affiche, donne, donne moi, le, la, les, de, des, du, mes, mon, ma, nos, "
        "notre, ce, cette, mois, ci, semaine, jour, aujourd hui, hier, annee, derniere, dernier, par, pour, il, "
        "reste, restant, restants, encore, en, total, et, tout, dans, l, d, employe, personne, modele, argent, "
        "societe, entreprise, qui, travaille, ici, actuel, actuellement, maintenant, jusqu ici, que, ou, "
        "s il te plait, s il vous plait, chez, nexus, un, rapport, point, sur, liste, attente, quoi, moi, au, "
        "chaque, systeme, niveau, cote, sommes, restent, ont, ete, t, lundi, depuis, as, tu, ca, va, vont, "
        "prochain, entre, puis, fait, jours, 7, es, comment, avec, cher, equipe, attendent, l equipe, a coute, "
        "coutent, prevues, terminees, plus, en sont, traitement"
    ),
    "documents": (
        "mes documents, mes fichiers, mes notes, nos documents, nos fichiers, les documents, ma bibliotheque, "
        "dans le document, dans le fichier, dans le contrat, dans mon contrat, dans mon bail, "
        "selon le reglement, selon le contrat, selon le manuel, d apres le contrat, d apres les comptes rendus, "
        "compte rendu, comptes rendus, proces verbal, dans le manuel, base de connaissances, "
        "reglement interieur, dans nos procedures, piece jointe, selon nos, selon notre"
    ),
    "documents?": (
        "selon, d apres, reglement, manuel, contrat, contrats, bail, nos contrats, notre politique, "
        "notre procedure, que dit, que disent, mentionne, quelle page, clause, clauses, facture, procedure, "
        "procedures, convention collective, mon bail, mon contrat, police d assurance, preavis, annexe, "
        "conditions generales, papiers, mes papiers, dans mes papiers, que j ai envoye, que je t ai envoye, "
        "numero de police, relis le, lis le, parcours, compromis de vente, acte, attestation, garantie, releve, "
        "quittance, statuts, fiche de paie, cgv, devis, avenant, livret d accueil, charte, convention, "
        "confirmation, prevoit, que prevoit, stipule, est il indique, periode d essai, contrat de travail, "
        "compte rendu, notes de, manuel de"
    ),
    "code": (
        "python, javascript, java, typescript, sql, html, css, regex, expression reguliere, bash, docker, "
        "kubernetes, git, react, django, node, php, commande linux, requete sql, test unitaire, tests unitaires, "
        "refactor*, debog*, compil*, code source, jvm, garbage collector, base de donnees, microservice*, "
        "multi tenant, formule excel, pile d appels, developp* une api, conteneur, container, algorithme, "
        "navigateur, boucle while, boucle for, exit code, chrome, vue, angular, symfony, laravel, ssh, nginx, "
        "terraform, pull request, conflit de fusion, asynchrone, dataframe, yaml, xml, cors, jwt, pandas, "
        "wordpress, pip install, useeffect, en go, en java, en rust, en php, table de hachage, "
        "limiteur de debit, scraper, concatener, extension chrome, script bash, script python"
    ),
    "code?": (
        "code, script, fonction, methode, classe, bug, bogue, erreur, exception, algorithme, bibliotheque, "
        "requete, serveur, deploy*, deploi*, api, variable, tableau, boucle, commande, application, programme, "
        "implement*, plante, csv, linux, json, logiciel, production, schema, tests, s arrete, terminal, compile, "
        "cache, fil, pile, port, journal, log, paquet, dependance, while, renvoie, syntaxe, navigateur, plugin, "
        "site web, crash, installer, cle, colonne, migration, chaine, entier, branche, commit, listes, sauvegarde"
    ),
    "writing": (
        "redige*, ecris un, ecris une, ecris moi, ecrire un, ecrire une, ecrivez, brouillon, "
        "lettre de motivation, communique de presse, poeme, discours, article de blog, dossier de subvention, "
        "nouvelle litteraire, fiche produit, invitation, carte d anniversaire, dissertation, slogan, conte, "
        "haiku, chanson, faire part, post linkedin, accroche, phrase d accroche, texto, vœux, voeux, felicit*, "
        "condoleances, remerciement*, mot de remerciement, petite annonce, annonce, offre d emploi, "
        "lettre de demission, lettre de reclamation, objet de mail, trouve moi une phrase, trouve un nom, "
        "nom pour, discours de mariage, message pour, quelques lignes, un petit texte, message d absence"
    ),
    "writing?": (
        "ecris, ecrire, mail, email, courriel, lettre, message, article, texte, post, publication, histoire, "
        "ton, mots, paragraphe, rapport, petit mot, legende, bio, exposé"
    ),
    "edit": (
        "corrige les fautes, corrige, corriger, orthographe, grammaire, reformule*, reecri*, resume, resumer, "
        "resume de, un resume, synthetise*, raccourci*, paraphrase*, plus poli*, relis, relire, fais un resume, "
        "en tes propres mots, relis ce texte, plus court, plus concis, en plus simple, mets au propre, "
        "c est correct, points cles de, ameliore ce texte, allonge, adoucis, plus formel, plus soutenu, "
        "plus gentil, rends ce texte, rends cette phrase"
    ),
    "small_edit": "fautes, faute, orthographe, grammaire, coquilles, ponctuation, accents",
    "analysis": (
        "compare*, comparaison, comparatif, avantages et inconvenients, pour et le contre, analyse*, analyser, "
        "evalue*, etudie, etude de marche, strategie, feuille de route, planning, plan d action, "
        "programme de revision, itineraire, plan de, versus, vaut il mieux, vaut mieux, rentable, etude, "
        "scenario, scenarios, hesit*, rapport a, audit de, plan d entrainement, prevision*, benchmark, "
        "ça vaut le coup, business plan, organise moi, organise un, planifie*, faut il, vaut il, devrions nous, "
        "dois je, devrais je, doit on, quels sont les risques, ou bien, lequel choisir, choisir entre, "
        "que choisir, decision, concurrents, seuil de rentabilite, menu de la semaine, plan de repas, voyage de, "
        "sejour, budget previsionnel, modele economique, elabore*, elaborer, plan de transformation, "
        "monte un plan, concept pour, lequel est mieux, arguments pour, qu est ce qui est mieux, mieux pour, "
        "etablis un plan, propose un plan"
    ),
    "analysis?": (
        "plan, faut il, devrais je, devons nous, options, risques, recommandation, recommandations, "
        "alternatives, calendrier, marche, concurrents, causes, avantages, inconvenients, enjeux, impact, "
        "tresorerie, tendances, decid*, mieux, programme, ou, client, chiffre d affaires, vendre, fermer, marge, "
        "croissance, remise, choisir, moins cher, vacances, investir, debutant, scenario, diagnostic, priorites, "
        "arguments, scooter ou"
    ),
    "calculation": (
        "calcule*, calculer, pour cent de, combien font, combien fait, combien de jours, jours entre, "
        "racine carree, interets composes, mensualite, mensualites, convertis, convertir, moyenne de, somme de, "
        "divise par, multiplie par, fahrenheit, quel jour on sera, dans combien de jours, resous, "
        "combien d heures, additionne, ca fait combien, combien ca fait, combien par personne, chacun, partager, "
        "de l heure, pourboire, remise de, ttc, hors taxes, surface de, volume de, quelle date"
    ),
    "calculation?": (
        "interet, interets, tva, total, somme, jours, miles, km, pouces, livres, kilos, kg, litres, moyenne, "
        "moins, plus, taux, emprunte, credit, pourcentage, pourcent, ans, par mois, cout total, euros, degres, "
        "metres, personnes, nuits, heure, heures, prix, remise, a payer, salaire, brut, net, combien, minutes, "
        "secondes, kilometres, celsius, grammes, tasses, hectares, moitie, double, tiers"
    ),
    "translation": (
        "traduis, traduire, traduction, traduisez, traduit, comment dit on, comment on dit, comment dire, "
        "se dit, ca se dit, ca veut dire quoi en, en francais ca donne, veut dire en"
    ),
    "extraction": (
        "extrais, extraire, extraction, releve les, liste tous, liste toutes, la liste des, "
        "sous forme de tableau, en tableau, dans un tableau, fais un tableau, en json, au format json, en csv, "
        "trouve tous, trouve toutes, repere, recense*, convertis ceci en, mets ca en, sous forme de liste, "
        "ressors, range ca, classe ca, trie, tri*, donne moi la liste, juste les, seulement les, uniquement les, "
        "recupere les, mets dans un tableau, isole les, remplis le tableau, note les"
    ),
    "extraction?": (
        "json, tableau, csv, noms, dates, montants, dans ce texte, de ce texte, de ce paragraphe, numeros, "
        "adresses, colonnes, champs, ceci, numeros de telephone, ci dessous, suivant, echeances, liste, prenoms, "
        "prix de chaque, noms de"
    ),
    "opinion": (
        "que penses tu, qu en penses tu, que pensez vous, ton avis, votre avis, conseill*, recommand*, suggere*, "
        "des idees, tu preferes, penses tu"
    ),
    "quick": (
        "capitale, qui a ecrit, qui a peint, qui a invente, qui est, qui etait, quelle heure, quand est, "
        "c est quoi, que veut dire, que signifie, signification, definition, quel age, combien d habitants, "
        "quelle est la, quel est le, synonyme*, en quelle annee, ou se trouve, quelle date, combien de, "
        "combien mesure, ou est, petite question, question bete, c est un, est ce un, ou une, qui a gagne, "
        "qui chante, plus grand, plus haut, monnaie, combien de temps, est ce vrai, symbole chimique, "
        "le contraire de, quel pays, quelle planete, a quelle heure"
    ),
    "deep": (
        "explique*, pourquoi, comment marche, comment fonctionne, comment, conseill*, que penses tu, decris, "
        "decrire, raconte, astuces, des idees, difference entre, parle moi, cherche, recommand*, suggere*, "
        "comment faire pour, quelles sont les etapes, que faire, que dois je faire, qu est ce que ca peut etre, "
        "comment on apprend, est ce normal, c est normal, est ce grave, est ce dangereux, des conseils, "
        "que ferais tu, comment on, d ou vient, combien de temps faut il, se debarrasser, comment se, "
        "comment prepare, quelle est la meilleure facon, meilleure facon, idees, a quoi sert"
    ),
    "hard": (
        "concois, concevoir, conception, architecture, strategie, migr*, refactor*, optimis*, demontre*, preuve, "
        "detaille*, approfondi*, complet, complete, business plan, dossier, scalab*, distribu*, concurrence, "
        "sans interruption, tresorerie, argumentee, argumente, multi tenant, plan de diagnostic, "
        "etude de marche, sur cinq ans, sur trois ans, coherents, contradiction*, juridique, plan sur 12 mois, "
        "tests de charge, haute disponibilite, tolerant*, causes possibles, subvention, restructur*, "
        "valorisation, appel d offres, memoire, these, theoreme, plan de continuite, reprise d activite, "
        "investisseurs, levee de fonds, haute frequence, sharding, contre exemple, plan quinquennal, "
        "due diligence, revue de litterature, expertise, a trois ans, rachat, transformation, "
        "conduite du changement, diagnostic, indicateurs, elabore*, par phases, faisabilite, gouvernance, "
        "coherence, deploiement, compromis, plan de migration, trois ans, cinq ans, feuille de route, norme, "
        "reglementation"
    ),
    "stakes": (
        "juridique*, legal, legale, illegal, avocat, tribunal, proces, licenci*, rupture conventionnelle, "
        "droits, indemnit*, prud hommes, divorce, garde des enfants, expuls*, proprietaire, diagnosti*, "
        "medicament*, dose, posologie, operation, symptome*, enceinte, grossesse, cancer, douleur*, traitement, "
        "impots, fisc, succession, heritage, faillite, arret maladie, avant de signer, responsabilite, "
        "resiliation, titre de sejour, hypotheque, placement*, lever, dilution, medecin, urgences"
    ),
    "irreversible": (
        "supprime, supprimer, efface, effacer, vire l argent, virement, envoie a tous, envoie a tout le monde, "
        "resilie, publie, en production, signe le, paie, demissionn*"
    ),
    "steps": (
        "d abord, ensuite, puis, enfin, apres cela, etape par etape, et propose, et donne, et explique, "
        "dans l ordre, ainsi que, et signale, finalement, y compris, pour finir, et resume"
    ),
    "constraint": (
        "doit, au maximum, au plus, au moins, sans, exactement, maximum, minimum, seulement, uniquement, eviter, "
        "pas plus de, en gardant, ton, sauf, limite, lignes"
    ),
    "prefer": (
        "appelle moi, je m appelle, mon nom est, je prefere, j aime, je n aime pas, je deteste, toujours, "
        "jamais, souviens toi, retiens, desormais, allergi*, j habite, je travaille, mon anniversaire, "
        "n utilise pas, important"
    ),
    "decide": (
        "nous avons decide, on a decide, decision, decide, convenu, d accord pour, on prend, on part sur, "
        "je choisis, nous avons choisi, date limite, echeance, approuve, valide, confirme, retenu, code, "
        "mot de passe, signe"
    ),
    "answer_in": "reponds en, repondez en, reponds moi en, ecris en, parle",
    "hasty": (
        "petite question, question bete, question rapide, je me demandais, juste une question, une question toute bete"
    ),
    "grave": (
        "desherit*, testament, heritage, succession, fermer notre, fermer l usine, vendre l entreprise, "
        "vendre ma boite, licenci*, licenciement*, plan social, expuls*, garde des enfants, divorc*, "
        "prud hommes, porter plainte, garde a vue, tribunal, faillite, depot de bilan, surendett*, saisie, "
        "controle fiscal, redressement, cancer, avc, tumeur, suicid*, douleur a la poitrine, thoracique, "
        "operation du, chimio, alzheimer, tutelle, titre de sejour, rupture conventionnelle, harcel*, "
        "discrimin*, demissionner, retraite anticipee, cyberattaque, rancongiciel, plus gros client, "
        "du chiffre d affaires, faute grave, fausse couche"
    ),
    "ours": "nos, notre, mon, ma, mes, dans notre, dans mon, dans nos, dans mes",
}
