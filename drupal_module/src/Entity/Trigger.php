<?php

declare(strict_types=1);

namespace Drupal\background_agents\Entity;

use Drupal\background_agents\Agent\AgentDependencies;
use Drupal\background_agents\Agent\DependsOnContent;
use Drupal\background_agents\Entity\Handler\TriggerListBuilder;
use Drupal\background_agents\Form\TriggerForm;
use Drupal\background_agents\Form\TriggerSwitchForm;
use Drupal\background_agents\Schedule\ScheduleSettings;
use Drupal\background_agents\Trigger\TriggerConditions;
use Drupal\Core\Config\Entity\ConfigEntityBase;
use Drupal\Core\Entity\Attribute\ConfigEntityType;
use Drupal\Core\Entity\EntityDeleteForm;
use Drupal\Core\Entity\Routing\AdminHtmlRouteProvider;
use Drupal\Core\StringTranslation\TranslatableMarkup;

/**
 * What starts an agent by itself: a content change, or the clock.
 *
 * @api
 */
#[ConfigEntityType(
  id: 'background_agents_trigger',
  label: new TranslatableMarkup('Agent trigger'),
  label_collection: new TranslatableMarkup('Agent triggers'),
  label_singular: new TranslatableMarkup('agent trigger'),
  label_plural: new TranslatableMarkup('agent triggers'),
  config_prefix: 'trigger',
  static_cache: TRUE,
  internal: TRUE,
  entity_keys: [
    'id' => 'id',
    'label' => 'label',
    'uuid' => 'uuid',
    'status' => 'status',
  ],
  handlers: [
    'list_builder' => TriggerListBuilder::class,
    'form' => [
      'add' => TriggerForm::class,
      'edit' => TriggerForm::class,
      'delete' => EntityDeleteForm::class,
      'clone' => TriggerForm::class,
      'enable' => TriggerSwitchForm::class,
      'disable' => TriggerSwitchForm::class,
    ],
    'route_provider' => [
      'html' => AdminHtmlRouteProvider::class,
    ],
  ],
  links: [
    'collection' => '/admin/config/services/background-agents/triggers',
    'add-form' => '/admin/config/services/background-agents/triggers/add',
    'edit-form' => '/admin/config/services/background-agents/triggers/{background_agents_trigger}',
    'delete-form' => '/admin/config/services/background-agents/triggers/{background_agents_trigger}/delete',
    'clone-form' => '/admin/config/services/background-agents/triggers/{background_agents_trigger}/clone',
    'enable' => '/admin/config/services/background-agents/triggers/{background_agents_trigger}/enable',
    'disable' => '/admin/config/services/background-agents/triggers/{background_agents_trigger}/disable',
  ],
  admin_permission: 'administer background agents',
  label_count: [
    'singular' => '@count agent trigger',
    'plural' => '@count agent triggers',
  ],
  lookup_keys: ['type', 'agent'],
  config_export: [
    'id',
    'label',
    'agent',
    'type',
    'settings',
    'input',
    'debounce',
  ],
)]
class Trigger extends ConfigEntityBase {

  use DependsOnContent;

  /**
   * The machine name.
   */
  protected ?string $id = NULL;

  /**
   * The label, for people.
   */
  protected string $label = '';

  /**
   * Id of the agent it starts.
   */
  protected string $agent = '';

  /**
   * One of "content", "schedule" and "cron".
   */
  protected string $type = 'content';

  /**
   * By type, see config/schema: background_agents.trigger_settings.*.
   */
  protected array $settings = [];

  /**
   * Input of the agent: values may hold tokens, such as [node:title].
   *
   * @var array<string, string>
   */
  protected array $input = [];

  /**
   * Seconds to wait for further changes of the same item.
   */
  protected int $debounce = 0;

  public const array CONTENT_SETTINGS = [
    'entity_type' => 'node',
    'bundles' => [],
    'operations' => ['insert', 'update'],
    'revisions' => 'published',
    'langcodes' => [],
    'fields' => [],
    'conditions' => [],
  ];

  public const array CRON_SETTINGS = ['interval' => 86400];

  /**
   * Returns the id of the agent that the trigger starts.
   */
  public function getAgentId(): string {
    return $this->agent;
  }

  /**
   * Returns what sets it off: "content", "schedule" or "cron".
   */
  public function getType(): string {
    return $this->type;
  }

  /**
   * The settings of its type, whole.
   */
  public function getSettings(): array {
    return $this->settings + match ($this->type) {
      'cron' => self::CRON_SETTINGS,
      'schedule' => ScheduleSettings::DEFAULTS,
      default => self::CONTENT_SETTINGS,
    };
  }

  /**
   * Returns values with tokens, by name of the input.
   *
   * @return array<string, string>
   *   Values with tokens, by name of the input.
   */
  public function getInput(): array {
    return $this->input;
  }

  /**
   * Returns for how many seconds it waits for further changes.
   */
  public function getDebounce(): int {
    return $this->debounce;
  }

  /**
   * {@inheritdoc}
   */
  protected function needs(AgentDependencies $dependencies): array {
    $agent = $this->entityTypeManager()->getStorage('background_agents_agent')->load($this->agent);
    $needs = $agent === NULL ? [] : [['config', $agent->getConfigDependencyName()]];
    if ($this->type !== 'content') {
      return $needs;
    }
    $settings = $this->getSettings();
    return [
      ...$needs,
      ...$dependencies->content($settings['entity_type'], $settings['bundles']),
      ...$dependencies->languages($settings['langcodes']),
      ...$dependencies->conditions($settings['entity_type'], $settings['fields'], $settings['conditions']),
    ];
  }

  /**
   * {@inheritdoc}
   */
  protected function goOnWithout(array $modules, AgentDependencies $dependencies): bool {
    if ($this->type !== 'content') {
      return TRUE;
    }
    $settings = $this->getSettings();
    $needed = TriggerConditions::modules($settings['conditions']);
    $needed[] = $dependencies->moduleOf($settings['entity_type']);
    return array_intersect($needed, $modules) === [];
  }

  /**
   * {@inheritdoc}
   */
  public function forgetDeleted(string $name): void {
    if ($name === "background_agents.agent.$this->agent") {
      $this->delete();
      return;
    }
    $settings = $this->getSettings();
    $prefix = \Drupal::service(AgentDependencies::class)->bundlePrefix($settings['entity_type']);
    $this->settings['bundles'] = $this->restrict($settings['bundles'], $prefix === NULL ? NULL : self::member($name, $prefix));
    $this->settings['langcodes'] = $this->restrict($settings['langcodes'], self::member($name, 'language.entity.'));
    $this->settings['fields'] = $this->restrict($settings['fields'], self::member($name, "field.storage.{$settings['entity_type']}."));
    $this->settings['conditions'] = TriggerConditions::without($settings['conditions'], $settings['entity_type'], $name);
    if (count($this->settings['conditions']) < count($settings['conditions'])) {
      $this->disable();
    }
    $this->save();
  }

}
