"""What Europeans work as and where, by hand: made-up companies and plain words for jobs."""

from __future__ import annotations

from masker.masks.locales.work import EN_WORK, Work
from masker.masks.sql.bindings import Words


def _words(name: str, written: str, before: str = "") -> Words:
    """What stands in *written*, with a blank for each underscore, each behind *before*."""
    return Words(name, tuple(before + word.replace("_", " ") for word in written.split()))


def _title(entry: str) -> tuple[str, str]:
    man, _, woman = entry.lstrip("*").replace("_", " ").partition("/")
    if woman.startswith("+"):
        return man, man + woman[1:]
    if woman.startswith("~"):
        return man, man[:-1] + woman[1:]
    return man, woman or man


def _titles(written: str) -> tuple[tuple[str, str], ...]:
    """What a man is called and what a woman: behind a slash her title, or (+) what is put behind his, or (~) what
    stands there for his last letter; without a slash both are called alike."""
    return tuple(map(_title, written.split()))


def _jobs(name: str, written: str) -> Words:
    """The title of each that stands for both where nobody knows: hers where there is a star."""
    return Words(name, tuple(_title(entry)[entry.startswith("*")] for entry in written.split()))


#: What people work as, as :func:`_titles` and :func:`_jobs` read it.
_DE_JOBS = """
Anlagenmechaniker/+in Apotheker/+in *Architekt/+in *Arzthelfer/+in *Augenoptiker/+in Bäcker/+in
Bankkaufmann/Bankkauffrau Bauingenieur/+in *Bauleiter/+in *Bibliothekar/+in *Buchhalter/+in Busfahrer/+in
*Chemielaborant/+in Controller/+in Dachdecker/+in *Disponent/+in *Dolmetscher/+in Drucker/+in *Einkäufer/+in
Elektroniker/+in *Elektriker/+in Entwickler/+in *Erzieher/+in Fahrlehrer/+in *Filialleiter/+in Fleischer/+in
Florist/+in *Fotograf/+in *Friseur/+in Gärtner/+in Geschäftsführer/+in *Goldschmied/+in *Grafiker/+in
*Grundschullehrer/+in Hausmeister/+in Hebamme *Hotelfachmann/Hotelfachfrau Industriekaufmann/Industriekauffrau
*Informatiker/+in Ingenieur/+in Installateur/+in *Journalist/+in
*Kaufmann_für_Büromanagement/Kauffrau_für_Büromanagement Kfz-Mechatroniker/+in Koch/Köchin *Konditor/+in
Krankenpfleger/+in *Kundenberater/+in Lagerist/+in Landwirt/+in Lehrer/+in Lkw-Fahrer/+in *Logopäde/Logopädin *Maler/+in
Maurer/+in *Mechatroniker/+in Metzger/+in Optiker/+in *Personalreferent/+in Pflegefachkraft Physiotherapeut/+in
Polier/+in Produktmanager/+in *Programmierer/+in Projektleiter/+in Raumausstatter/+in *Rechtsanwalt/Rechtsanwältin
Redakteur/+in Restaurantleiter/+in *Sachbearbeiter/+in Schlosser/+in *Schneider/+in Schornsteinfeger/+in Schreiner/+in
*Sekretär/+in Softwareentwickler/+in *Sozialarbeiter/+in Steuerberater/+in Straßenbauer/+in Systemadministrator/+in
*Teamleiter/+in *Technischer_Zeichner/Technische_Zeichnerin *Tierarzt/Tierärztin Tischler/+in *Übersetzer/+in
Uhrmacher/+in *Verkäufer/+in Verwaltungsangestellter/Verwaltungsangestellte Vertriebsleiter/+in Werkzeugmacher/+in
Winzer/+in *Zahnarzt/Zahnärztin Zerspanungsmechaniker/+in Zimmerer/Zimmerin
"""

_FR_JOBS = """
*Acheteur/Acheteuse Agent_d'entretien/Agente_d'entretien Agriculteur/Agricultrice *Aide-soignant/+e Analyste
*Animateur/Animatrice Architecte *Assistant_de_direction/Assistante_de_direction Avocat/+e Bibliothécaire
Bijoutier/Bijoutière Boucher/Bouchère Boulanger/Boulangère Cadre_commercial/Cadre_commerciale *Caissier/Caissière
Carreleur/Carreleuse Charpentier/Charpentière Chauffeur_routier/Chauffeuse_routière
Chef_de_chantier/Cheffe_de_chantier Chef_de_projet/Cheffe_de_projet *Coiffeur/Coiffeuse *Commercial/+e Comptable
Conducteur_de_travaux/Conductrice_de_travaux *Conseiller_clientèle/Conseillère_clientèle
Contrôleur_de_gestion/Contrôleuse_de_gestion *Couturier/Couturière Couvreur/Couvreuse Cuisinier/Cuisinière
*Décorateur/Décoratrice Dentiste Développeur/Développeuse *Directeur_commercial/Directrice_commerciale Documentaliste
Ébéniste *Éducateur/Éducatrice Électricien/+ne Employé_de_bureau/Employée_de_bureau *Enseignant/+e *Esthéticien/+ne
Facteur/Factrice Fleuriste Formateur/Formatrice Géomètre *Gérant/+e Graphiste Guide Horloger/Horlogère
*Hôte_d'accueil/Hôtesse_d'accueil *Infirmier/Infirmière Informaticien/+ne *Ingénieur/+e Interprète
Jardinier/Jardinière Journaliste Juriste Kinésithérapeute Libraire Logisticien/+ne Maçon/+ne Magasinier/Magasinière
Maquettiste Mécanicien/+ne Menuisier/Menuisière Monteur/Monteuse *Musicien/+ne Notaire *Opticien/+ne Orthophoniste
Ouvrier_qualifié/Ouvrière_qualifiée Pâtissier/Pâtissière Paysagiste Peintre_en_bâtiment *Pharmacien/+ne Photographe
Plombier/Plombière Préparateur_de_commandes/Préparatrice_de_commandes *Professeur_des_écoles/Professeure_des_écoles
Programmeur/Programmeuse Réceptionniste Responsable_logistique Restaurateur/Restauratrice *Maïeuticien/Sage-femme
Secrétaire Serrurier/Serrurière *Serveur/Serveuse Soudeur/Soudeuse
*Technicien_de_laboratoire/Technicienne_de_laboratoire Tourneur-fraiseur/Tourneuse-fraiseuse Traducteur/Traductrice
*Vendeur/Vendeuse Vétérinaire Viticulteur/Viticultrice
"""

_ES_JOBS = """
Abogado/~a *Administrativo/~a Agente_comercial Agricultor/+a Analista_de_datos *Arquitecto/~a
Asesor_fiscal/Asesora_fiscal *Auxiliar_administrativo/Auxiliar_administrativa Auxiliar_de_enfermería Bibliotecario/~a
*Biólogo/~a Bombero/~a *Cajero/~a Camarero/~a *Carnicero/~a Carpintero/~a *Cartero/~a Celador/+a *Cerrajero/~a
Cocinero/~a Comercial *Conductor_de_autobús/Conductora_de_autobús Conserje Consultor/+a Contable
*Controlador_de_calidad/Controladora_de_calidad Dentista Dependiente/~a *Diseñador_gráfico/Diseñadora_gráfica
Director_comercial/Directora_comercial Economista *Educador_social/Educadora_social Electricista
Encargado_de_almacén/Encargada_de_almacén *Encargado_de_obra/Encargada_de_obra Enfermero/~a Escayolista Esteticista
*Farmacéutico/~a Fisioterapeuta Florista Fontanero/~a *Fotógrafo/~a Fresador/+a *Funcionario/~a Ganadero/~a
*Geólogo/~a Gerente Gestor_administrativo/Gestora_administrativa *Guía_turístico/Guía_turística Higienista_dental
Informático/~a *Ingeniero_civil/Ingeniera_civil Ingeniero_industrial/Ingeniera_industrial
*Instalador_de_gas/Instaladora_de_gas Intérprete Jardinero/~a *Jefe_de_cocina/Jefa_de_cocina
Jefe_de_proyecto/Jefa_de_proyecto *Jefe_de_ventas/Jefa_de_ventas Joyero/~a *Librero/~a Limpiador/+a Logopeda
*Maestro/~a Maquinista Marinero/~a *Mecánico/~a Médico/~a *Monitor_de_tiempo_libre/Monitora_de_tiempo_libre
Montador_de_muebles/Montadora_de_muebles *Mozo_de_almacén/Moza_de_almacén Pianista *Notario/~a Operario/~a *Óptico/~a
Panadero/~a *Pastelero/~a Peluquero/~a Periodista *Pescador/+a Pintor/+a *Procurador/+a
Profesor_de_autoescuela/Profesora_de_autoescuela *Profesor_de_secundaria/Profesora_de_secundaria Programador/+a
*Psicólogo/~a Químico/~a Recepcionista *Redactor/+a Repartidor/+a Representante Responsable_de_compras
Responsable_de_recursos_humanos *Restaurador/+a Sastre/Modista *Secretario/~a Soldador/+a
*Técnico_de_laboratorio/Técnica_de_laboratorio Técnico_de_mantenimiento/Técnica_de_mantenimiento
*Técnico_de_sonido/Técnica_de_sonido Teleoperador/+a *Topógrafo/~a Trabajador_social/Trabajadora_social *Traductor/+a
Transportista Vendedor/+a *Veterinario/~a Vigilante_de_seguridad Viticultor/+a *Zapatero/~a
"""

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
    jobs=_jobs("jobs, de", _DE_JOBS),
    titles=_titles(_DE_JOBS),
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
    jobs=_jobs("jobs, fr", _FR_JOBS),
    titles=_titles(_FR_JOBS),
)

ES_WORK = Work(
    companies=(
        _words(
            "company openings, es",
            """
            Aceites Aluminios Bodegas Carpintería Cerámicas Conservas Construcciones Distribuciones Editorial
            Electricidad Embutidos Excavaciones Frutas Gestoría Gráficas Grupo Hormigones Inmobiliaria Instalaciones
            Laboratorios Maderas Mármoles Muebles Panadería Pinturas Reformas Suministros Talleres Textiles Transportes
            Viveros
            """,
        ),
        _words(
            "company beginnings, es",
            """
            Alba Alcor Alme Arga Bella Bru Cala Campo Cara Casta Cor Dura Fuente Gra Gua Luma Llano Mari Medi Monte
            Mora Nava Nor Oliva Para Peña Piedra Prada Roble Sala Sierra Sola Sur Taja Torre Valde Villa Vega
            """,
            " ",
        ),
        _words(
            "company ends, es",
            """
            blanca breda cano celes clara ceda dal dera dillo drid fría gosa lar lejo lina lona lora luz mar
            mira mora nales nares nova rada ral reja rena rosa sol tera vana
            """,
        ),
        _words("company forms, es", "S.L. S.L. S.L. S.A. S.L.U. S.Coop. e_Hijos_S.L. y_Asociados", " "),
    ),
    jobs=_jobs("jobs, es", _ES_JOBS),
    titles=_titles(_ES_JOBS),
)
