<?php

declare(strict_types=1);

namespace Drupal\background_agents\Form;

use Drupal\background_agents\Entity\Agent;
use Drupal\background_agents\Entity\Trigger;
use Drupal\background_agents\Trigger\TriggerInput;
use Drupal\Component\Render\MarkupInterface;
use Drupal\Core\Entity\ContentEntityInterface;
use Drupal\Core\Entity\EntityTypeManagerInterface;
use Drupal\Core\StringTranslation\StringTranslationTrait;

/**
 * What the form that starts an agent has for test runs.
 *
 * @internal
 */
final class TestRunPart {

  use StringTranslationTrait;

  public function __construct(
    private readonly EntityTypeManagerInterface $entityTypeManager,
    private readonly TriggerInput $triggerInput,
  ) {}

  /**
   * The choice between a test run and another one; on its own page, no choice.
   *
   * @param \Drupal\background_agents\Entity\Agent $agent
   *   The agent.
   * @param bool $isTest
   *   Whether this is the page of test runs.
   *
   * @return array<string, mixed>
   *   A form element.
   */
  public function choice(Agent $agent, bool $isTest): array {
    $about = [
      '#theme' => 'item_list',
      '#items' => array_values(array_filter([
        $this->t('The agent works as ever. What it would leave is checked and shown, and not saved.'),
        $this->t('It costs what a run costs, and keeps to the same limits.'),
        $this->t('What other modules do when content is saved is not shown.'),
        empty($agent->getBinding()['mcp_servers']) ? NULL : $this->t('Tools of MCP servers act outside of this site. Of them the agent gets only those that their server says change nothing.'),
      ])),
    ];
    return $isTest ? ['#type' => 'container', 'about' => $about] : [
      '#type' => 'checkbox',
      '#title' => $this->t('Test run: nothing is saved'),
      '#description' => $about,
      '#access' => $agent->access('test'),
    ];
  }

  /**
   * Where the input comes from: typed, or as a trigger of the agent gives it.
   *
   * @return array<string, mixed>
   *   A form element; nothing when no trigger gives any.
   */
  public function inputs(Agent $agent): array {
    $options = array_map(fn (Trigger $trigger): MarkupInterface => $this->t('As the trigger "@label" gives it', ['@label' => $trigger->label()]), $this->triggers($agent));
    return $options === [] ? [] : [
      '#type' => 'select',
      '#title' => $this->t('Input'),
      '#options' => $options,
      '#empty_option' => $this->t('As typed below'),
      '#empty_value' => '',
      '#default_value' => array_key_first($options),
    ];
  }

  /**
   * The input that a trigger would give for an item.
   */
  public function input(Agent $agent, string $trigger, ?ContentEntityInterface $item): \stdClass {
    $chosen = $this->triggers($agent)[$trigger] ?? NULL;
    return $chosen === NULL ? new \stdClass() : $this->triggerInput->values($chosen, $item);
  }

  /**
   * The triggers of an agent that give it input, by id.
   *
   * @return array<string, \Drupal\background_agents\Entity\Trigger>
   *   Triggers, also those that are not active.
   */
  private function triggers(Agent $agent): array {
    $found = $this->entityTypeManager->getStorage('background_agents_trigger')->loadByProperties(['agent' => $agent->id()]);
    return array_filter($found, static fn (mixed $trigger): bool => $trigger instanceof Trigger && $trigger->getInput() !== []);
  }

}
