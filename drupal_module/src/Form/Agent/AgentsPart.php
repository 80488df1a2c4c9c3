<?php

declare(strict_types=1);

namespace Drupal\background_agents\Form\Agent;

use Drupal\background_agents\Entity\Agent;
use Drupal\Core\Entity\EntityTypeManagerInterface;
use Drupal\Core\Form\FormStateInterface;
use Drupal\Core\StringTranslation\StringTranslationTrait;

/**
 * The other agents that an agent may start, each as a tool of its model.
 *
 * @internal
 */
final class AgentsPart implements AgentFormPartInterface {

  use StringTranslationTrait;

  public const int MOST = 40;

  public function __construct(
    private readonly EntityTypeManagerInterface $entityTypeManager,
  ) {}

  /**
   * {@inheritdoc}
   */
  public function build(Agent $agent, FormStateInterface $form_state): array {
    $named = $agent->getStartableAgents();
    $agents = $this->entityTypeManager->getStorage('background_agents_agent')->loadMultiple();
    $part = [
      '#title' => $this->t('Other agents'),
      '#weight' => 45,
      '#description' => $this->t('Agents that its runs may start. The model gets each as a tool, with its name, its description and its input. What they do for it, this agent and who asked for its run have to be allowed, too.'),
      'start' => ['#type' => 'container'],
    ];
    foreach ($agents + array_diff_key($named, $agents) as $id => $other) {
      $part['start'][$id] = [
        '#type' => 'select',
        '#title' => $this->title((string) $id, $other instanceof Agent ? $other : NULL, $agent),
        '#description' => $other instanceof Agent ? $this->t('@text', ['@text' => $other->getDescription()]) : $this->t('This agent does not exist.'),
        '#options' => [
          '' => $this->t('May not start it'),
          'wait' => $this->t('Starts it and waits for its answer'),
          'detach' => $this->t('Starts it and goes on without it'),
        ],
        '#default_value' => isset($named[$id]) ? ($named[$id] ? 'wait' : 'detach') : '',
      ];
    }
    if ($part['start'] === ['#type' => 'container']) {
      $part['start']['none'] = ['#markup' => $this->t('There is no other agent yet.')];
    }
    return $part;
  }

  /**
   * How an agent is called in the form.
   */
  private function title(string $id, ?Agent $other, Agent $agent): string|\Stringable {
    return match (TRUE) {
      $other === NULL => $id,
      $id === (string) $agent->id() => $this->t('@label (itself)', ['@label' => $other->label()]),
      !$other->status() => $this->t('@label (disabled)', ['@label' => $other->label()]),
      default => (string) $other->label(),
    };
  }

  /**
   * {@inheritdoc}
   */
  public function validate(array $form, FormStateInterface $form_state): void {
    if (count($this->chosen($form_state)) > self::MOST) {
      $form_state->setError($form['start'], $this->t('An agent may start at most @most others.', ['@most' => self::MOST]));
    }
  }

  /**
   * {@inheritdoc}
   */
  public function apply(Agent $agent, FormStateInterface $form_state): void {
    $agents = [];
    foreach ($this->chosen($form_state) as $id => $way) {
      $agents[] = ['agent' => (string) $id, 'wait' => $way === 'wait'];
    }
    $binding = $agent->getBinding();
    unset($binding['agents']);
    $agent->set('binding', $binding + ($agents === [] ? [] : ['agents' => $agents]));
  }

  /**
   * The agents that were chosen.
   *
   * @return array<string, string>
   *   By id, wait or detach.
   */
  private function chosen(FormStateInterface $form_state): array {
    $chosen = array_filter((array) $form_state->getValue(['agents', 'start']), static fn (mixed $way): bool => in_array($way, ['wait', 'detach'], TRUE));
    ksort($chosen);
    return $chosen;
  }

}
