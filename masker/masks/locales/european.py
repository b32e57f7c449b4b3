"""Common European names, put together by hand, commonest first: what :mod:`masker.masks.locales.freeze` knows by itself
of other countries."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Names:
    """The *curve* of family names: how many of a million bear the commonest, and as Zipf and Mandelbrot have it, how
    flat it begins and how steep it falls."""

    families: str
    male: str
    female: str
    curve: tuple[float, float, float]


GERMAN = Names(
    curve=(9500, 2, 0.9),
    families="""
Müller Schmidt Schneider Fischer Weber Meyer Wagner Becker Schulz Hoffmann Schäfer Koch Bauer Richter Klein Wolf
Schröder Neumann Schwarz Zimmermann Braun Krüger Hofmann Hartmann Lange Schmitt Werner Schmitz Krause Meier Lehmann
Schmid Schulze Maier Köhler Herrmann König Walter Mayer Huber Kaiser Fuchs Peters Lang Scholz Möller Weiß Jung Hahn
Schubert Vogel Friedrich Keller Günther Frank Berger Winkler Roth Beck Lorenz Baumann Franke Albrecht Schuster Simon
Ludwig Böhm Winter Kraus Martin Schumacher Krämer Vogt Stein Jäger Otto Sommer Groß Seidel Heinrich Brandt Haas
Schreiber Graf Schulte Dietrich Ziegler Kuhn Kühn Pohl Engel Horn Busch Bergmann Thomas Voigt Sauer Arnold Wolff
Pfeiffer
""",
    male="""
Thomas Michael Andreas Peter Stefan Christian Wolfgang Klaus Martin Alexander Frank Jürgen Markus Matthias Daniel
Bernd Jan Sebastian Werner Ralf Uwe Tobias Florian Christoph Patrick Manfred Dieter Helmut Torsten Marcel Philipp
Lukas Jonas Felix Maximilian Leon Paul Ben Finn Elias Noah Luis Tim David Simon Oliver Sven Jörg Holger Heiko Dirk
Rainer Gerhard Hans Günter Heinz Karl Horst Walter Kurt
""",
    female="""
Sabine Andrea Petra Claudia Susanne Monika Julia Anna Stefanie Nicole Karin Birgit Ursula Katrin Martina Christina
Sandra Anja Angelika Heike Katharina Lisa Laura Sarah Melanie Daniela Tanja Silke Ute Renate Gabriele Brigitte Helga
Ingrid Christine Jana Lena Marie Sophie Hannah Mia Emma Lea Johanna Nina Franziska Vanessa Jennifer Jessica Kerstin
Simone Sonja Bettina Elke Gisela Erika Elisabeth Maria Barbara Doris
""",
)

FRENCH = Names(
    curve=(3500, 8, 0.8),
    families="""
Martin Bernard Thomas Petit Robert Richard Durand Dubois Moreau Laurent Simon Michel Lefebvre Leroy Roux David
Bertrand Morel Fournier Girard Bonnet Dupont Lambert Fontaine Rousseau Vincent Muller Lefèvre Faure André Mercier
Blanc Guérin Boyer Garnier Chevalier François Legrand Gauthier Garcia Perrin Robin Clément Morin Nicolas Henry Roussel
Mathieu Gautier Masson Marchand Duval Denis Dumont Marie Lemaire Noël Meyer Dufour Meunier Brun Blanchard Giraud Joly
Rivière Lucas Brunet Gaillard Barbier Arnaud Martinez Gérard Roche Renard Schmitt Roy Leroux Colin Vidal Caron Picard
Roger Fabre Aubert Lemoine Renaud Dumas Lacroix Olivier Philippe Bourgeois Pierre Benoît Rey Leclerc Payet Rolland
Leclercq Guillaume Lecomte
""",
    male="""
Jean Michel Philippe Pierre Alain Nicolas Christophe Laurent Patrick Bernard Frédéric Sébastien Julien Éric David
Thomas Stéphane Alexandre Pascal Olivier Daniel Thierry Guillaume Christian Antoine Vincent Maxime François Bruno
Jérôme Romain Gérard Didier Dominique Serge Mathieu Kevin Fabrice Benjamin Clément Hugo Lucas Louis Gabriel Arthur
Paul Jules Adam Raphaël Léo Nathan Théo Marc Yves Franck Cédric Arnaud Gilles Jacques Claude
""",
    female="""
Marie Nathalie Isabelle Sylvie Catherine Françoise Christine Martine Monique Valérie Sandrine Céline Sophie Stéphanie
Virginie Julie Véronique Aurélie Laura Camille Émilie Sarah Chantal Nicole Brigitte Anne Jacqueline Patricia Corinne
Laurence Élodie Caroline Audrey Mélanie Pauline Claire Charlotte Léa Manon Emma Chloé Louise Jade Alice Inès Lina Zoé
Juliette Lucie Marion Mathilde Amandine Delphine Karine Florence Pascale Annie Denise Michèle Hélène
""",
)

BRITISH = Names(
    curve=(12600, 0.5, 0.75),
    families="""
Smith Jones Taylor Brown Williams Wilson Johnson Davies Patel Robinson Wright Thompson Evans Walker White Roberts
Green Hall Wood Jackson Clarke Thomas Edwards Hughes Lewis Harris Martin Turner Hill Cooper Ward Clark Morris Moore
Harrison King Baker Morgan Allen James Scott Phillips Watson Davis Parker Price Bennett Young Griffiths Mitchell Kelly
Cook Carter Richardson Bailey Collins Bell Shaw Murphy Miller Cox Khan Richards Marshall Anderson Simpson Ellis Adams
Singh Begum Wilkinson Foster Chapman Powell Webb Rogers Gray Mason Ali Hunt Hussain Campbell Matthews Owen Palmer
Holmes Mills Barnes Knight Lloyd Butler Russell Fisher Barker Stevens Jenkins Murray Dixon Harvey Graham
""",
    male="""
David John Michael James Paul Andrew Peter Robert Richard Mark Christopher Stephen William Thomas Daniel Matthew
Anthony Simon Ian Alan Kevin Gary Steven Jonathan Philip Neil Martin Benjamin Adam Joseph Luke Ryan Jack Oliver Harry
George Charlie Joshua Samuel Alexander Edward Graham Stuart Colin Darren Lee Craig Nigel Keith Barry Brian Derek
Kenneth Roger Trevor Liam Nathan Lewis Callum Connor
""",
    female="""
Susan Margaret Sarah Elizabeth Patricia Karen Helen Julie Christine Jennifer Emma Laura Claire Rebecca Victoria Rachel
Lisa Jane Linda Amanda Nicola Joanne Michelle Samantha Charlotte Jessica Hannah Lucy Sophie Emily Amy Louise Katherine
Alison Jacqueline Angela Deborah Sharon Tracey Carol Barbara Mary Ann Janet Gillian Lauren Chloe Olivia Grace Ella
Amelia Lily Isabella Megan Bethany Holly Heather Fiona Wendy Lynn
""",
)

#: What streets are called.
GERMAN_STREETS = """
Hauptstraße Bahnhofstraße Schulstraße Gartenstraße Dorfstraße Bergstraße Birkenweg Lindenstraße Kirchstraße Waldstraße
Ringstraße Amselweg Schillerstraße Wiesenweg Goethestraße Jahnstraße Mozartstraße Blumenstraße Buchenweg Finkenweg
Feldstraße Rosenweg Ahornweg Beethovenstraße Mühlenweg Friedhofstraße Eichenweg Tannenweg Drosselweg Kapellenweg
Bachstraße Talstraße Poststraße Friedrichstraße Wilhelmstraße Königstraße Marktstraße Steinweg Ulmenweg Erlenweg
Fliederweg Parkstraße Sonnenstraße Uhlandstraße Lessingstraße Kastanienallee Heideweg Rathausstraße Schloßstraße
Lerchenweg Meisenweg Schwalbenweg Grüner_Weg Am_Sportplatz Am_Bach Im_Winkel Auf_der_Höhe An_der_Kirche Zum_Wald
Neue_Straße
"""
FRENCH_STREETS = """
rue_de_la_République rue_Victor_Hugo rue_de_l'Église rue_du_Moulin rue_des_Écoles rue_Jean_Jaurès rue_Pasteur
rue_de_la_Mairie rue_du_Château rue_de_la_Gare Grande_Rue rue_des_Jardins rue_de_la_Fontaine rue_du_Stade
rue_des_Lilas avenue_de_la_Gare avenue_du_Général_de_Gaulle avenue_Jean_Moulin avenue_de_la_Libération
boulevard_Gambetta boulevard_de_la_République place_de_l'Église place_du_Marché place_de_la_Liberté chemin_des_Vignes
chemin_du_Moulin impasse_des_Cerisiers impasse_des_Acacias allée_des_Tilleuls allée_des_Chênes rue_des_Rosiers
rue_Voltaire rue_Molière rue_Émile_Zola rue_du_Lavoir rue_des_Champs rue_Principale rue_Neuve rue_Saint-Martin
rue_des_Peupliers rue_du_Pont rue_de_Verdun rue_du_11_Novembre quai_de_la_Loire route_de_Paris cours_Lafayette
rue_Carnot rue_des_Fleurs rue_des_Prés rue_de_la_Poste
"""
BRITISH_STREETS = """
High_Street Station_Road Main_Street Park_Road Church_Road Church_Street London_Road Victoria_Road Green_Lane
Manor_Road Church_Lane Park_Avenue The_Avenue The_Crescent Queens_Road New_Road Grange_Road Kings_Road Kingsway
Windsor_Road Highfield_Road Mill_Lane Alexander_Road York_Road Main_Road Broadway King_Street The_Green
Springfield_Road George_Street Park_Lane Victoria_Street Albert_Road Queensway New_Street Queen_Street West_Street
North_Street Manchester_Road The_Grove Richmond_Road Grove_Road South_Street School_Lane The_Drive North_Road
Stanley_Road Chester_Road Mill_Road Chapel_Lane Orchard_Close Meadow_Way Oak_Drive Elm_Close Beech_Avenue Rectory_Lane
Willow_Close Ashley_Gardens Castle_Street Bridge_Street
"""
