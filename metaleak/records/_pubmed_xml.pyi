from metaleak.records.pubmed_xml import read_pubmed_xml as read_pubmed_xml
