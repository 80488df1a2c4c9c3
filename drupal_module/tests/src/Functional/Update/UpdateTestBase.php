<?php

declare(strict_types=1);

namespace Drupal\Tests\background_agents\Functional\Update;

use Drupal\background_agents\Entity\Agent;
use Drupal\background_agents\Entity\Change;
use Drupal\background_agents\Entity\Run;
use Drupal\background_agents\Entity\Trigger;
use Drupal\background_agents\Install\Tables;
use Drupal\Core\Config\FileStorage;
use Drupal\Core\Database\Database;
use Drupal\FunctionalTests\Update\UpdatePathTestBase;
use Drupal\node\Entity\Node;
use Drupal\user\Entity\User;

/**
 * Brings a site of an older release to this one, and looks whether it works.
 *
 * The dumps and how they are made: tests/fixtures/update. Core's runUpdates()
 * itself asserts that no update is left, that the schema of all entity types
 * is up to date, and that all configuration fits its schema.
 */
abstract class UpdateTestBase extends UpdatePathTestBase {

  private const array TYPES = ['background_agents_run', 'background_agents_change'];

  private const string RUN = '00000000-0000-4000-8000-00000000000';

  /**
   * The release, as its commit is named in the dump's file.
   */
  abstract protected static function release(): string;

  /**
   * How many rows of which table the release left beside those of each one.
   *
   * @return array<string, int>
   *   Numbers by the names of tables, without "background_agents_".
   */
  protected static function rows(): array {
    return [];
  }

  /**
   * {@inheritdoc}
   */
  protected function setDatabaseDumpFiles(): void {
    $this->databaseDumpFiles = [dirname(__DIR__, 3) . '/fixtures/update/drupal-11.3.8.background_agents-' . static::release() . '.php.gz'];
  }

  /**
   * What was stored is still there, and an agent can be run.
   */
  public function testUpdate(): void {
    // The newest dump waits for the first update that comes after it.
    if ($this->hasUpdates()) {
      $this->runUpdates();
    }

    $this->assertTables();
    $this->assertAgentsAndTriggers();
    $this->assertConfiguration();
    $this->assertRuns();
    $this->assertChange();
    $this->assertPages();
    $this->assertAgentRuns();
    $this->assertEntityTypes();
  }

  /**
   * Whether this release brings updates to the release of the dump.
   */
  private function hasUpdates(): bool {
    drupal_load_updates();
    return isset(update_get_update_list()['background_agents']) || \Drupal::service('update.post_update_registry')->getPendingUpdateInformation() !== [];
  }

  /**
   * An updated site has the tables, columns and keys of a new one.
   */
  private function assertTables(): void {
    $schema = Database::getConnection()->schema();
    foreach (Tables::all() as $name => $table) {
      $this->assertTrue($schema->tableExists($name), $name);
      $updated = $this->made($name);
      $schema->createTable("fresh_$name", $table);
      $this->assertSame($this->made("fresh_$name"), $updated, $name);
      $schema->dropTable("fresh_$name");
    }
  }

  /**
   * Runs and changes are stored, and known to core, as on a new site.
   *
   * The last thing to look at: it makes both entity types anew.
   */
  private function assertEntityTypes(): void {
    foreach (self::TYPES as $type) {
      $updated = $this->known($type);
      $manager = \Drupal::entityDefinitionUpdateManager();
      $manager->uninstallEntityType($manager->getEntityType($type));
      $this->assertFalse(Database::getConnection()->schema()->tableExists($type));
      $manager->installEntityType(\Drupal::entityTypeManager()->getDefinition($type));
      $this->assertSame($this->known($type), $updated, $type);
    }
  }

  /**
   * What the database and core know of an entity type.
   *
   * @return array<string, mixed>
   *   The table, what core remembers of it, its handlers and its fields.
   */
  private function known(string $type): array {
    $repository = \Drupal::service('entity.last_installed_schema.repository');
    $remembered = array_filter(
      \Drupal::keyValue('entity.storage_schema.sql')->getAll(),
      static fn (string $key): bool => str_starts_with($key, "$type."),
      ARRAY_FILTER_USE_KEY,
    );
    $fields = array_map(static fn ($field): array => [
      $field->getType(), $field->getSchema(), $field->getSettings(), $field->isRequired(),
    ], $repository->getLastInstalledFieldStorageDefinitions($type));
    $handlers = array_intersect_key($repository->getLastInstalledDefinition($type)->getHandlerClasses(), array_flip(['access', 'storage_schema', 'views_data']));
    return ['table' => $this->made($type)] + self::sorted(['remembered' => $remembered, 'handlers' => $handlers, 'fields' => $fields]);
  }

  /**
   * Returns values by their names, in the order of these.
   */
  private static function sorted(array $values): array {
    // Columns of an index are in an order that matters.
    array_is_list($values) ?: ksort($values);
    // Labels are objects, of which no two are the same.
    return array_map(static fn (mixed $value): mixed => is_array($value) ? self::sorted($value) : ($value instanceof \Stringable ? (string) $value : $value), $values);
  }

  /**
   * Reads how a table is made.
   *
   * @return string[]
   *   The lines of SHOW CREATE TABLE but the first, in alphabetical order:
   *   columns that came later stand at the end.
   */
  private function made(string $table): array {
    $row = Database::getConnection()->query('SHOW CREATE TABLE {' . $table . '}')->fetchAssoc();
    $lines = array_slice(explode("\n", (string) $row['Create Table']), 1);
    // Dumps have no comments.
    $lines = array_map(static fn (string $line): string => preg_replace(['/,$/', '/ AUTO_INCREMENT=\d+/', "/ COMMENT[ =]'.*'$/"], '', trim($line)), $lines);
    sort($lines);
    return $lines;
  }

  private function assertAgentsAndTriggers(): void {
    $agent = Agent::load('writer');
    $this->assertSame('writer', $agent->getRole());
    $this->assertSame(7, $agent->getLimits()['steps']);
    $this->assertArrayNotHasKey('account', $this->config('background_agents.agent.writer')->getRawData());
    $this->assertNull(Agent::load('nobody')->getRole());
    $this->assertFalse(Agent::load('nobody')->status());
    $this->assertSame('writer', \Drupal::service('user.data')->get('background_agents', $this->writer(), 'agent.writer'));
    $needs = $agent->getDependencies()['config'];
    $this->assertContains('node.type.article', $needs);
    $this->assertContains('user.role.writer', $needs);

    $trigger = Trigger::load('articles');
    $this->assertSame(60, $trigger->getDebounce());
    $this->assertSame(['topic' => '[node:title]'], $trigger->getInput());
    $this->assertContains('node.type.article', $trigger->getDependencies()['config']);
    $this->assertSame(['interval' => 86400], Trigger::load('daily')->getSettings());

    $settings = $this->config('background_agents.settings');
    $this->assertSame([], $this->missing($settings->getRawData()), 'Settings that this release knows have a value.');
  }

  /**
   * Configuration is as a new site has it: what is saved again does not change.
   */
  private function assertConfiguration(): void {
    $this->assertSame([], Agent::load('writer')->getBinding()['fields'], 'An agent may write the fields that it could.');
    $this->assertTrue($this->config('background_agents.agent.writer')->get('progress'));
    $settings = Trigger::load('articles')->getSettings();
    $this->assertSame([[], []], [$settings['fields'], $settings['conditions']]);
    foreach ([Agent::class, Trigger::class] as $class) {
      foreach ($class::loadMultiple() as $entity) {
        $updated = $this->raw($entity->getConfigDependencyName());
        $entity->save();
        $this->assertSame($this->raw($entity->getConfigDependencyName()), $updated);
      }
    }
    $shipped = new FileStorage(\Drupal::service('extension.path.resolver')->getPath('module', 'background_agents') . '/config/optional');
    foreach ($shipped->listAll() as $name) {
      $values = $shipped->read($name);
      $needed = [strtok($name, '.'), ...$values['dependencies']['module']];
      if (array_filter($needed, \Drupal::moduleHandler()->moduleExists(...)) === $needed) {
        // New sites have no uuid in the file, and note where it came from.
        $this->assertEquals($values, array_diff_key($this->raw($name), ['uuid' => 0, '_core' => 0]), $name);
      }
    }
  }

  /**
   * Reads configuration as it is stored.
   */
  private function raw(string $name): array {
    $values = \Drupal::service('config.storage')->read($name);
    $this->assertIsArray($values, $name);
    return $values;
  }

  /**
   * Names settings that an update has left out.
   *
   * @return string[]
   *   Settings of a new site that have no value here.
   */
  private function missing(array $settings): array {
    $installed = \Drupal::service('extension.path.resolver')->getPath('module', 'background_agents') . '/config/install';
    $fresh = (new FileStorage($installed))->read('background_agents.settings');
    $names = static function (array $values, string $prefix = '') use (&$names): array {
      $found = [];
      foreach ($values as $name => $value) {
        $found = array_merge($found, is_array($value) && $value !== [] ? $names($value, "$prefix$name.") : ["$prefix$name"]);
      }
      return $found;
    };
    return array_values(array_diff($names($fresh), $names($settings)));
  }

  private function assertRuns(): void {
    $states = [];
    foreach (Run::loadMultiple() as $run) {
      $states[$run->uuid()] = $run->get('state')->value;
    }
    $this->assertSame([self::RUN . '0' => 'completed', self::RUN . '1' => 'failed', self::RUN . '2' => 'running'], $states);
    $completed = $this->oldRun('0');
    $this->assertSame('5000000000', $completed->get('input_tokens')->value);
    $this->assertSame('Bread', $completed->get('target_label')->value);
    $this->assertSame('limit:steps', $this->oldRun('1')->get('reason')->value);

    $row = Database::getConnection()->select('background_agents_outbox', 'o')->fields('o')->execute()->fetchAssoc();
    $this->assertSame(self::RUN . '2', $row['run']);
    $this->assertSame('default', $row['site'], 'A waiting job says which site it is of.');
    $job = json_decode($row['job']);
    $this->assertSame(User::load($this->writer())->uuid(), $job->account, 'A waiting job names its account.');
    $this->assertObjectNotHasProperty('account', $job->agent->binding);
    foreach (['event' => 4, 'event_payload' => 1, 'run_data' => 3, 'effect' => 1, 'checkpoint' => 1, 'command' => 1, 'notice' => 1, 'alias' => 1, 'spent' => 1] + static::rows() as $table => $count) {
      $this->assertSame($count, (int) Database::getConnection()->select("background_agents_$table", 't')->countQuery()->execute()->fetchField(), $table);
    }
  }

  private function assertChange(): void {
    $changes = Change::loadMultiple();
    $this->assertCount(1, $changes);
    $change = reset($changes);
    $this->assertSame('Wrote a teaser.', $change->getSummary());
    $this->assertTrue($change->isPending());
    // An editor publishes the agent's draft: it counts as accepted.
    $draft = \Drupal::entityTypeManager()->getStorage('node')->loadRevision($change->getTargetRevisionId());
    $this->assertInstanceOf(Node::class, $draft);
    $draft->set('moderation_state', 'published')->setNewRevision();
    $draft->save();
    $this->assertTrue(Node::load($draft->id())->isPublished());
  }

  /**
   * The pages of people can be opened.
   */
  private function assertPages(): void {
    $this->drupalLogin($this->rootUser);
    $pages = [
      'admin/config/services/background-agents' => 'Writer',
      'admin/config/services/background-agents/manage/writer' => 'Write a teaser.',
      'admin/config/services/background-agents/triggers/articles' => 'Articles',
      'admin/config/services/background-agents/settings' => 'How jobs reach the sidecar',
      'admin/reports/background-agents' => 'Bread',
      'admin/reports/background-agents/' . $this->oldRun('0')->id() => 'Bread',
      'admin/reports/background-agents/' . $this->oldRun('1')->id() => 'The limit of 7 steps is reached.',
      'admin/reports/status' => 'Background agents',
    ];
    foreach ($pages as $page => $text) {
      $this->drupalGet($page);
      $this->assertSession()->statusCodeEquals(200);
      $this->assertSession()->responseContains($text);
    }
  }

  /**
   * A new run of an old agent is made and has its job.
   */
  private function assertAgentRuns(): void {
    $this->drupalGet('admin/config/services/background-agents/manage/writer/run');
    $this->submitForm([], 'Run agent');
    $ids = \Drupal::entityQuery('background_agents_run')->accessCheck(FALSE)->sort('id', 'DESC')->range(0, 1)->execute();
    $run = Run::load((int) reset($ids));
    $this->assertSame(['manual', 'queued'], [$run->get('trigger_type')->value, $run->get('state')->value]);
    $this->assertSame(User::load($this->writer())->uuid(), $run->get('account')->value);
  }

  private function oldRun(string $number): Run {
    $runs = \Drupal::entityTypeManager()->getStorage('background_agents_run')->loadByProperties(['uuid' => self::RUN . $number]);
    return reset($runs);
  }

  private function writer(): int {
    return (int) current(\Drupal::entityQuery('user')->accessCheck(FALSE)->condition('name', 'writer')->execute());
  }

}
