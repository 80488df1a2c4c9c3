<?php

/**
 * @file
 * Updates of Background Agents that need the whole site.
 */

declare(strict_types=1);

use Drupal\background_agents\Agent\Version\AgentVersions;
use Drupal\background_agents\Entity\Agent;
use Drupal\background_agents\Entity\RunFields;
use Drupal\background_agents\Install\DraftListUpdate;
use Drupal\background_agents\Install\RunListUpdate;
use Drupal\background_agents\Install\SchemaUpdate;
use Drupal\background_agents\Review\Diff\StoredDifferences;
use Drupal\Component\Serialization\Yaml;
use Drupal\Core\Config\Entity\ConfigEntityUpdater;
use Drupal\Core\StringTranslation\TranslatableMarkup;

/**
 * Export what agents depend on with their configuration.
 */
function background_agents_post_update_dependencies(array &$sandbox): void {
  \Drupal::classResolver(ConfigEntityUpdater::class)->update($sandbox, 'background_agents_agent', static fn (): bool => TRUE);
}

/**
 * Export the content types and languages that triggers name with them.
 */
function background_agents_post_update_trigger_dependencies(array &$sandbox): void {
  \Drupal::classResolver(ConfigEntityUpdater::class)->update($sandbox, 'background_agents_trigger', static fn (): bool => TRUE);
}

/**
 * Add the list of agents' drafts, where Views is installed.
 */
function background_agents_post_update_draft_list(): void {
  $manager = \Drupal::entityTypeManager();
  if (!$manager->hasDefinition('view') || $manager->getStorage('view')->load('background_agents_drafts') !== NULL) {
    return;
  }
  $file = \Drupal::service('extension.list.module')->getPath('background_agents') . '/config/optional/views.view.background_agents_drafts.yml';
  $manager->getStorage('view')->create(Yaml::decode((string) file_get_contents($file)))->save();
}

/**
 * Keep what the agents are now as the first version of each.
 */
function background_agents_post_update_versions(): void {
  $versions = \Drupal::service(AgentVersions::class);
  foreach (\Drupal::entityTypeManager()->getStorage('background_agents_agent')->loadMultiple() as $agent) {
    assert($agent instanceof Agent);
    $versions->keep($agent);
  }
}

/**
 * Say in the list of agents' drafts what each one changes, in one sentence.
 */
function background_agents_post_update_draft_sentences(array &$sandbox): void {
  (new DraftListUpdate(\Drupal::entityTypeManager(), \Drupal::service(StoredDifferences::class), \Drupal::database()))->differences($sandbox);
}

/**
 * Add filters and decisions about several drafts to the list of drafts.
 */
function background_agents_post_update_draft_list_filters(): ?TranslatableMarkup {
  $file = \Drupal::service('extension.list.module')->getPath('background_agents') . '/config/optional/views.view.background_agents_drafts.yml';
  $isThere = (new DraftListUpdate(\Drupal::entityTypeManager(), \Drupal::service(StoredDifferences::class), \Drupal::database()))->view($file);
  return $isThere ? NULL : new TranslatableMarkup('The view "Agents\' drafts" was changed on this site, so it was left as it is. To have the new filters and the decisions about several drafts, add the fields and filters of "Agent change" to it, or delete the view and import it again from @file.', ['@file' => $file]);
}

/**
 * Give agents the keys that say which AI agent they are.
 */
function background_agents_post_update_ai_agents(array &$sandbox): void {
  \Drupal::classResolver(ConfigEntityUpdater::class)->update($sandbox, 'background_agents_agent', static fn (): bool => TRUE);
}

/**
 * Show runs as a view with search, more filters and drafts by state.
 */
function background_agents_post_update_run_list(): void {
  $manager = \Drupal::entityTypeManager();
  if (!$manager->hasDefinition('view') || $manager->getStorage('view')->load('background_agents_runs') !== NULL) {
    return;
  }
  $file = \Drupal::service('extension.list.module')->getPath('background_agents') . '/config/optional/views.view.background_agents_runs.yml';
  $manager->getStorage('view')->create(Yaml::decode((string) file_get_contents($file)))->save();
  // Its page takes the place of the plain list.
  \Drupal::service('router.builder')->setRebuildNeeded();
}

/**
 * Offer "Run agent…" among the operations on lists of content.
 */
function background_agents_post_update_run_agent_actions(): void {
  $storage = \Drupal::entityTypeManager()->getStorage('action');
  foreach (['node', 'media', 'taxonomy_term', 'block_content'] as $type) {
    $id = "background_agents_run_$type";
    if (\Drupal::entityTypeManager()->hasDefinition($type) && $storage->load($id) === NULL) {
      $file = \Drupal::service('extension.list.module')->getPath('background_agents') . "/config/optional/system.action.$id.yml";
      $storage->create(Yaml::decode((string) file_get_contents($file)))->save();
    }
  }
}

/**
 * Filter the list of runs by whether they are test runs.
 */
function background_agents_post_update_run_list_test_runs(): void {
  $file = \Drupal::service('extension.list.module')->getPath('background_agents') . '/config/optional/views.view.background_agents_runs.yml';
  (new RunListUpdate(\Drupal::entityTypeManager()))->filter('dry_run', $file);
}

/**
 * Let programs start runs that begin later.
 */
function background_agents_post_update_delayed_runs(): void {
  $update = new SchemaUpdate(\Drupal::database()->schema(), \Drupal::entityDefinitionUpdateManager());
  $update->fields('background_agents_run', ['due' => RunFields::due()]);
  $update->indexes('background_agents_run');
}

/**
 * Offer the OAuth scope for clients that dispatch agents.
 */
function background_agents_post_update_oauth_scope(): void {
  $manager = \Drupal::entityTypeManager();
  $id = 'background_agents_dispatch';
  if (!$manager->hasDefinition('oauth2_scope') || $manager->getStorage('oauth2_scope')->load($id) !== NULL) {
    return;
  }
  $file = \Drupal::service('extension.list.module')->getPath('background_agents') . "/config/optional/simple_oauth.oauth2_scope.$id.yml";
  $manager->getStorage('oauth2_scope')->create(Yaml::decode((string) file_get_contents($file)))->save();
}

/**
 * Let programs start runs before or behind others.
 */
function background_agents_post_update_run_priority(): void {
  $manager = \Drupal::entityDefinitionUpdateManager();
  (new SchemaUpdate(\Drupal::database()->schema(), $manager))->fields('background_agents_run', ['priority' => RunFields::priority()]);
}

/**
 * Gives the pages of the lists a heading of the level that comes next.
 */
function background_agents_post_update_pager_headings(): void {
  $storage = \Drupal::entityTypeManager()->hasDefinition('view') ? \Drupal::entityTypeManager()->getStorage('view') : NULL;
  foreach ($storage?->loadMultiple(['background_agents_drafts', 'background_agents_runs']) ?? [] as $view) {
    $display = &$view->getDisplay('default');
    $options = $display['display_options']['pager']['options'] ?? [];
    if (($options['pagination_heading_level'] ?? 'h4') === 'h4') {
      $display['display_options']['pager']['options'] = ['pagination_heading_level' => 'h2'] + $options;
      $view->save();
    }
  }
}
