"""What Europeans work as and where, by hand: made-up companies and plain words for jobs."""

from __future__ import annotations

from masker.masks.locales.work import EN_WORK, Work
from masker.masks.sql.bindings import Words


def _words(name: str, written: str, before: str = "") -> Words:
    """What stands in *written*, with a blank for each underscore, each behind *before*."""
    return Words(name, tuple(before + word.replace("_", " ") for word in written.split()))


GB_WORK = Work(
    companies=(
        *EN_WORK.companies[:3],
        Words("company forms, en_GB", (" Ltd", " Ltd", " Limited", " PLC", " LLP", " & Sons", "")),
    ),
    jobs=EN_WORK.jobs,
)

DE_WORK = Work(
    companies=(
        _words(
            "company beginnings, de",
            """
            Ahorn Alt Berg Birken Buchen Burg Eber Eichen Eis Elb Erlen Falken Fels Fichten Fried Gold Grün
            Hagen Hart Hasel Heide Hirsch Hoch Holz Kalk Kirch Klar Korn Linden Löwen Mark Mühl Neu Nord Ober
            Ost Quell Rauh Rhein Roten Sand Schön See Silber Sonnen Stein Stern Sturm Süd Tal Tannen Ufer Ulmen
            Wald Weiden Weiß West Wild Wolfs
            """,
        ),
        _words(
            "company ends, de",
            """
            au bach beck berg born brück brunn burg dorf eck feld furt graben hain hausen heim hof hofen holz
            horst kamp lage moor mühl reuth rode see stadt stein stett tal wald wang weiler werth wiese zell
            """,
        ),
        _words(
            "company fields, de",
            """
            Anlagenbau Apparatebau Armaturen Bau Bäckerei Dachtechnik Druck Elektronik Elektrotechnik Energie
            Fahrzeuge Fenster Feinmechanik Garten Gastronomie Gebäudetechnik Glas Handel Holzbau Immobilien
            Kältetechnik Kunststoffe Landtechnik Lebensmittel Logistik Maschinenbau Medien Metallbau Möbel
            Möbelwerke Optik Papier Präzision Sanitär Software Spedition Systeme Technik Textil Transporte
            Verlag Verpackungen Werkzeuge
            """,
            " ",
        ),
        _words("company forms, de", "GmbH GmbH GmbH GmbH_&_Co._KG AG KG e._K. UG_(haftungsbeschränkt)", " "),
    ),
    jobs=_words(
        "jobs, de",
        """
        Anlagenmechaniker Apotheker Architektin Arzthelferin Augenoptikerin Bäcker Bankkaufmann Bauingenieur
        Bauleiterin Bibliothekarin Buchhalterin Busfahrer Chemielaborantin Controller Dachdecker Disponentin
        Dolmetscherin Drucker Einkäuferin Elektroniker Elektrikerin Entwickler Erzieherin Fahrlehrer
        Filialleiterin Fleischer Florist Fotografin Friseurin Gärtner Geschäftsführer Goldschmiedin Grafikerin
        Grundschullehrerin Hausmeister Hebamme Hotelfachfrau Industriekaufmann Informatikerin Ingenieur
        Installateur Journalistin Kauffrau_für_Büromanagement Kfz-Mechatroniker Koch Konditorin Krankenpfleger
        Kundenberaterin Lagerist Landwirt Lehrer Lkw-Fahrer Logopädin Malerin Maurer Mechatronikerin Metzger
        Optiker Personalreferentin Pflegefachkraft Physiotherapeut Polier Produktmanager Programmiererin
        Projektleiter Raumausstatter Rechtsanwältin Redakteur Restaurantleiter Sachbearbeiterin Schlosser
        Schneiderin Schornsteinfeger Schreiner Sekretärin Softwareentwickler Sozialarbeiterin Steuerberater
        Straßenbauer Systemadministrator Teamleiterin Technische_Zeichnerin Tierärztin Tischler Übersetzerin
        Uhrmacher Verkäuferin Verwaltungsangestellter Vertriebsleiter Werkzeugmacher Winzer Zahnärztin
        Zerspanungsmechaniker Zimmerer
        """,
    ),
)

FR_WORK = Work(
    companies=(
        _words(
            "company openings, fr",
            "Ateliers Boulangerie Cabinet Établissements Éditions Groupe Imprimerie Maison Menuiserie Société",
        ),
        _words(
            "company beginnings, fr",
            """
            Bel Beau Bois Bon Bour Bré Chante Char Châtel Clair Clos Cour Fer Font Gran Haut Lan Mal Mar Mau
            Mira Mon Mont Mor Noir Orme Pont Pré Roche Roque Saul Ser Val Vau Ver Vieux Vil
            """,
            " ",
        ),
        _words(
            "company ends, fr",
            """
            bourg cave champ court dieu euil fleur font fort gis gny gris igny lac lieu lon ly mare mont nac nay
            nier pierre poix rac ray rive roux sac san sart theuil tour val vert vière ville vin zac
            """,
        ),
        _words("company forms, fr", "SARL SARL SAS SAS SA EURL et_Fils et_Cie", " "),
    ),
    jobs=_words(
        "jobs, fr",
        """
        Acheteuse Agent_d'entretien Agriculteur Aide-soignante Analyste Animatrice Architecte
        Assistante_de_direction Avocat Bibliothécaire Bijoutier Boucher Boulanger Cadre_commercial Caissière
        Carreleur Charpentier Chauffeur_routier Chef_de_chantier Chef_de_projet Coiffeuse Commerciale Comptable
        Conducteur_de_travaux Conseillère_clientèle Contrôleur_de_gestion Couturière Couvreur Cuisinier
        Décoratrice Dentiste Développeur Directrice_commerciale Documentaliste Ébéniste Éducatrice Électricien
        Employé_de_bureau Enseignante Esthéticienne Facteur Fleuriste Formateur Géomètre Gérante Graphiste Guide
        Horloger Hôtesse_d'accueil Infirmière Informaticien Ingénieure Interprète Jardinier Journaliste Juriste
        Kinésithérapeute Libraire Logisticien Maçon Magasinier Maquettiste Mécanicien Menuisier Monteur
        Musicienne Notaire Opticienne Orthophoniste Ouvrier_qualifié Pâtissier Paysagiste Peintre_en_bâtiment
        Pharmacienne Photographe Plombier Préparateur_de_commandes Professeure_des_écoles Programmeur
        Réceptionniste Responsable_logistique Restaurateur Sage-femme Secrétaire Serrurier Serveuse Soudeur
        Technicienne_de_laboratoire Tourneur-fraiseur Traducteur Vendeuse Vétérinaire Viticulteur
        """,
    ),
)
