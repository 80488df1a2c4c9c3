<?php

/**
 * @file
 * Turns a fresh standard site into the site that the tests expect; prints JSON.
 *
 * Run by `drush php:script`. Safe to run again. What only the site's owner can bring (code of contributed modules, another database) is
 * listed under "missing", a sentence each, and nothing is changed.
 */

declare(strict_types=1);

use Drupal\language\Entity\ConfigurableLanguage;
use Drupal\language\Entity\ContentLanguageSettings;
use Drupal\node\Entity\NodeType;
use Drupal\workflows\Entity\Workflow;

$modules = [
  'basic_auth', 'content_moderation', 'content_translation', 'datetime_range', 'jsonapi', 'language', 'link', 'media', 'media_library', 'telephone', 'toolbar', 'views',
];
// Read by a browser, or drawn upon by the ECA submodule.
$contributed = ['eca_access', 'eca_base', 'eca_content', 'eca_form', 'eca_log', 'eca_misc', 'eca_queue', 'eca_user', 'modeler_api', 'token'];

$missing = [];
$known = \Drupal::service('extension.list.module')->getList();
foreach ([...$modules, ...$contributed, 'background_agents', 'background_agents_eca'] as $module) {
  if (!isset($known[$module])) {
    $missing[] = "The code of the module $module is not there: composer require drupal/" . explode('_', $module)[0] . '.';
  }
}
if (version_compare(\Drupal::VERSION, '11.3', '<')) {
  $missing[] = 'The site runs Drupal ' . \Drupal::VERSION . '; 11.3 or newer is needed.';
}
if (\Drupal::database()->driver() !== 'mysql') {
  $missing[] = 'The site does not run on MariaDB or MySQL, which the tests look into.';
}
if (NodeType::load('article') === NULL || NodeType::load('page') === NULL) {
  $missing[] = 'The content types article and page are not there: install the site with the profile "standard".';
}
if ($missing !== []) {
  print json_encode(['missing' => $missing]);
  return;
}

$absent = array_filter([...$modules, ...$contributed], static fn (string $module): bool => !\Drupal::moduleHandler()->moduleExists($module));
if ($absent !== []) {
  \Drupal::service('module_installer')->install(array_values($absent));
}
\Drupal::service('module_installer')->install(['background_agents', 'background_agents_eca']);

if (ConfigurableLanguage::load('de') === NULL) {
  ConfigurableLanguage::createFromLangcode('de')->save();
}
if (Workflow::load('editorial') === NULL) {
  // As the profile "standard" of core ships it in its optional configuration.
  $workflow = Workflow::create(['id' => 'editorial', 'label' => 'Editorial', 'type' => 'content_moderation']);
  $plugin = $workflow->getTypePlugin();
  $settings = $plugin->getConfiguration();
  $settings['states']['draft'] = ['label' => 'Draft', 'weight' => -5, 'published' => FALSE, 'default_revision' => FALSE];
  $settings['states']['archived'] = ['label' => 'Archived', 'weight' => 5, 'published' => FALSE, 'default_revision' => TRUE];
  $settings['transitions'] += [
    'archive' => ['label' => 'Archive', 'from' => ['published'], 'to' => 'archived', 'weight' => 2],
    'archived_draft' => ['label' => 'Restore to Draft', 'from' => ['archived'], 'to' => 'draft', 'weight' => 3],
    'archived_published' => ['label' => 'Restore', 'from' => ['archived'], 'to' => 'published', 'weight' => 4],
  ];
  $plugin->setConfiguration($settings);
  $workflow->save();
}
$workflow = Workflow::load('editorial');
if (!$workflow->getTypePlugin()->appliesToEntityTypeAndBundle('node', 'article')) {
  $workflow->getTypePlugin()->addEntityTypeAndBundle('node', 'article');
  $workflow->save();
}
$language = ContentLanguageSettings::loadByEntityTypeBundle('node', 'article');
if (!$language->getThirdPartySetting('content_translation', 'enabled', FALSE)) {
  $language->setDefaultLangcode('site_default')->setLanguageAlterable(TRUE)->setThirdPartySetting('content_translation', 'enabled', TRUE)->save();
  \Drupal::service('router.builder')->rebuild();
}
print json_encode(['missing' => []]);
